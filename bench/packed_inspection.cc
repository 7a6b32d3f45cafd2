// Inspection with rule packs beside it, as in the sidecar.
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "bench/inspection_engine.h"
#include "cli/raw_request.h"
#include "config/diagnostics.h"
#include "filters/inspect/field_fork.h"
#include "http/canonical.h"
#include "inspect/engine.h"
#include "inspect/pack/pack_inspection.h"
#include "inspect/payload/request_fields.h"

namespace firebreak::bench {
namespace {

// A pack of virtual patches as they are: a path, a field, a text or an expression that is rare.
// Every other one is for all paths, so that it looks at each request.
std::string PackOf(int rules) {
  std::string text = "pack: made-up\nversion: 1\nrules:\n";
  for (int i = 0; i < rules; ++i) {
    const std::string path = i % 2 == 0 ? absl::StrCat("/patched/", i) : "/any";
    const std::string condition =
        i % 4 < 2 ? absl::StrCat("{places: [query, form, json], contains: [\"hole-", i, "\"]}")
                  : absl::StrCat("{places: [query], fields: [id], regex: \"hole-", i, "[0-9]+$\"}");
    absl::StrAppend(&text, "- id: MADE-UP-", i, "\n  cve: [CVE-2026-", 1000 + i,
                    "]\n  why: It is there.\n");
    if (i % 2 == 0) absl::StrAppend(&text, "  paths: [\"", path, "\"]\n");
    absl::StrAppend(&text, "  conditions:\n  - ", condition, "\n  tests:\n  - {target: \"", path,
                    "?id=hole-", i, "7\", matches: true}\n  - {target: \"", path,
                    "?id=7\", matches: false}\n");
  }
  return text;
}

class PackedInspection final : public InspectionEngine {
 public:
  PackedInspection(int paranoia, inspect::RulePacks packs)
      : engine_(inspect::EngineOptions{.paranoia = paranoia}),
        inspection_(engine_),
        packs_(std::move(packs)) {}

  void Prepare(absl::string_view request) override { request_ = request; }

  bool Blocks() override {
    inspection_.Reset();
    auto raw = cli::ReadRawRequest(request_);
    if (!raw.ok() || http::Canonicalise(http::PathRules{}, raw->request).has_value()) return true;
    inspect::PackInspection packs(packs_, raw->request.method, raw->request.path);
    filters::FieldFork fork;
    fork.Add(inspection_);
    if (packs.applies()) fork.Add(packs);
    inspect::RequestFields fields(limits_, fork, inspection_);
    fields.Headers(raw->request);
    fields.Body(raw->body);
    fields.End();
    return inspection_.score() + packs.score() >= inspection_.threshold();
  }

  std::vector<std::string> Rules() const override {
    std::vector<std::string> rules;
    for (const inspect::Finding& finding : inspection_.findings()) rules.emplace_back(finding.id);
    return rules;
  }

 private:
  const inspect::StructureLimits limits_;
  inspect::Engine engine_;
  inspect::Inspection inspection_;
  inspect::RulePacks packs_;
  absl::string_view request_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<InspectionEngine>> MakePackedInspection(int paranoia, int rules) {
  config::Diagnostics diagnostics;
  auto pack = inspect::ReadPack("made-up.yaml", PackOf(rules), &diagnostics);
  if (pack == nullptr) return absl::InternalError("the pack that was made up is none");
  return std::make_unique<PackedInspection>(paranoia, inspect::RulePacks{std::move(pack)});
}

}  // namespace firebreak::bench
