// What a decision costs Open Policy Agent, by the number of rules: the policies and requests of
// bench/policy_bench.cc, in the two ways in which Rego is written for many rules. One JSON object a
// line; bench/policy_peer.py runs both and compares.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

const (
	peers    = 64
	requests = 256
)

// shape is how the rules of one policy differ: as a condition of a Rego rule, as an entry of a table,
// and the request that rule i allows.
type shape struct {
	condition func(i int) string
	key       func(i int) string
	lookup    string
	path      func(i int) string
	method    string
}

var shapes = map[string]shape{
	"exact_paths": {
		condition: func(i int) string {
			return fmt.Sprintf(`input.method == "POST"; input.path == "/v1/resource-%d"`, i)
		},
		key:    func(i int) string { return fmt.Sprintf("/v1/resource-%d", i) },
		lookup: `data.rules[input.path][input.method]`,
		path:   func(i int) string { return fmt.Sprintf("/v1/resource-%d", i) },
		method: "POST",
	},
	"callers": {
		condition: func(i int) string {
			return fmt.Sprintf(`input.principal == "shop.example/ns/shop/sa/peer-%d"; `+
				`input.method == "GET"; input.path == "/v1/charges"`, i)
		},
		key:    func(i int) string { return fmt.Sprintf("shop.example/ns/shop/sa/peer-%d", i) },
		lookup: `data.rules[input.principal][input.method]; input.path == "/v1/charges"`,
		path:   func(int) string { return "/v1/charges" },
		method: "GET",
	},
}

// asRules has one Rego rule for each rule, for OPA's rule index to find.
func asRules(s shape, rules int) []func(*rego.Rego) {
	var text strings.Builder
	text.WriteString("package shop\n\ndefault allow := false\n")
	for i := 0; i < rules; i++ {
		fmt.Fprintf(&text, "allow if { %s }\n", s.condition(i))
	}
	return []func(*rego.Rego){rego.Module("policy.rego", text.String())}
}

// asTable has one Rego rule for all, which looks into a document.
func asTable(s shape, rules int) []func(*rego.Rego) {
	table := make(map[string]any, rules)
	for i := 0; i < rules; i++ {
		table[s.key(i)] = map[string]any{s.method: true}
	}
	store := inmem.NewFromObjectWithOpts(map[string]any{"rules": table}, inmem.OptReturnASTValuesOnRead(true))
	return []func(*rego.Rego){
		rego.Module("policy.rego", "package shop\n\ndefault allow := false\nallow if { "+s.lookup+" }\n"),
		rego.Store(store),
	}
}

func inputs(s shape, rules int, allowed bool) []ast.Value {
	var all []ast.Value
	for i := 0; i < requests; i++ {
		path := s.path(i * rules / requests)
		if !allowed {
			path = "/v2/other"
		}
		all = append(all, ast.MustInterfaceToValue(map[string]any{
			"principal": fmt.Sprintf("shop.example/ns/shop/sa/peer-%d", i%peers%rules),
			"ip":        "10.0.0.9", "port": 8080, "method": s.method, "path": path,
			"headers": map[string]any{"user-agent": "bench/1.0 (of, some length)", "accept": "application/json",
				"x-env": "prod"},
		}))
	}
	return all
}

func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// cpu is what this process has spent, the garbage collector's share included.
func cpu() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // the kernel knows no such failure for ourselves
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func measure(name, way string, rules int, span time.Duration) error {
	s := shapes[name]
	build := asRules
	if way == "table" {
		build = asTable
	}
	before := heap()
	begun := time.Now()
	ctx := context.Background()
	query, err := rego.New(append(build(s, rules), rego.Query("data.shop.allow"))...).PrepareForEval(ctx)
	if err != nil {
		return err
	}
	load := time.Since(begun)
	kept := heap() - before
	for _, allowed := range []bool{true, false} {
		questions := inputs(s, rules, allowed)
		count := 0
		begun = time.Now()
		spent := cpu()
		for ; time.Since(begun) < span; count++ {
			result, err := query.Eval(ctx, rego.EvalParsedInput(questions[count%requests]))
			if err != nil {
				return err
			}
			if result.Allowed() != allowed {
				return fmt.Errorf("%s/%s/%d: not the answer this measures", name, way, rules)
			}
		}
		line, err := json.Marshal(map[string]any{"shape": name, "way": way, "rules": rules, "allowed": allowed,
			"ns": float64((cpu() - spent).Nanoseconds()) / float64(count), "load_ms": load.Milliseconds(),
			"bytes_per_rule": kept / uint64(rules)})
		if err != nil {
			return err
		}
		fmt.Println(string(line))
	}
	return nil
}

func main() {
	name := flag.String("shape", "exact_paths", "exact_paths or callers")
	way := flag.String("way", "rules", "rules: a Rego rule each; table: one rule and a document")
	rules := flag.Int("rules", 10, "how many")
	span := flag.Duration("span", time.Second, "how long to ask, for allowed and for denied")
	flag.Parse()
	runtime.GOMAXPROCS(1) // as one worker has one core
	if err := measure(*name, *way, *rules, *span); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(2)
	}
}
