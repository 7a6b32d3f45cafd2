#include "policy/workbench/format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "config/diagnostics.h"

namespace firebreak::policy {
namespace {

using ::testing::HasSubstr;

std::string Format(const std::string& text) {
  config::Diagnostics diagnostics;
  const auto formatted = FormatPolicy("p.yaml", text, &diagnostics);
  return formatted.has_value() ? *formatted : diagnostics.Format(/*color=*/false);
}

constexpr char kCanonical[] = R"(# Who may call payments.
apiVersion: firebreak.dev/v1
kind: AuthorizationPolicy
metadata: {name: payments, namespace: shop}
spec:
  selector: {matchLabels: {app: payments}}
  rules:
  # the shop
  - name: orders
    from: [{source: {principals: ["t/ns/shop/sa/orders"]}}]  # and nobody else
    to:
    - operation:
        ports: ["8080"]
        paths:
        - "/a"
        # for the auditors
        - "/b"

  - name: probe
    from: [{source: {ipBlocks: ["10.0.0.0/8"]}}]
# the end
---
# second
apiVersion: firebreak.dev/v1
kind: AuthorizationPolicy
metadata: {name: ledger, namespace: shop}
spec:
  rules:
  - {}
)";

TEST(FormatPolicy, LeavesTheLayoutAlone) { EXPECT_EQ(Format(kCanonical), kCanonical); }

// Flowed is the same from a text in brackets: a comment goes with the first field that ends on its
// line.
std::string Flowed() {
  std::string text = kCanonical;
  const std::string comment = "  # and nobody else";
  text.erase(text.find(comment), comment.size());
  const std::string name = "- name: orders";
  text.insert(text.find(name) + name.size(), comment);
  return text;
}

TEST(FormatPolicy, BringsAnyLayoutToTheOne) {
  EXPECT_EQ(Format(R"(---


# Who may call payments.
"apiVersion":   firebreak.dev/v1
kind:  'AuthorizationPolicy'
metadata:
    name:    payments
    namespace: "shop"
spec: {selector: {matchLabels: {app:   payments}},
  rules: [
  # the shop
  {name: orders, from: [{source: {principals: [t/ns/shop/sa/orders]}}],  # and nobody else
   to: [{operation: {ports: [ '8080' ], paths: ["/a",
      # for the auditors
      "/b"]}}]},

  {name: probe, from: [{source: {ipBlocks: [10.0.0.0/8]}}]}]}
# the end
---
---
# second
{apiVersion: firebreak.dev/v1, kind: AuthorizationPolicy, metadata: {name: ledger, namespace: shop},
 spec: {rules: [{}]}}
)"),
            Flowed());
}

TEST(FormatPolicy, AQuoteThatGoesOnInTheNextLineMovesNoComment) {
  const std::string text =
      absl::StrReplaceAll(kCanonical, {{"name: payments,", "name: \"pay\\\n  ments\","}});
  EXPECT_EQ(Format(text), kCanonical);
}

TEST(FormatPolicy, TakesWindowsLinesAndAByteOrderMark) {
  std::string windows = "\xEF\xBB\xBF";
  for (const char c : std::string(kCanonical))
    absl::StrAppend(&windows, c == '\n' ? "\r" : "", std::string(1, c));
  EXPECT_EQ(Format(windows), kCanonical);
}

TEST(FormatPolicy, RefusesWhatItWouldSpoil) {
  EXPECT_THAT(Format(absl::StrCat(kCanonical,
                                  "---\napiVersion: firebreak.dev/v1\nkind: "
                                  "AuthorizationPolicy\nmetadata: {name: a, namespace: "
                                  "b, annotations: {x: &anchor y}}\n")),
              HasSubstr("anchors and aliases are not formatted"));
  EXPECT_THAT(Format("apiVersion: firebreak.dev/v1\nkind: AuthorizationPolicy\nmetadata: {name: "
                     "a}\nspec: {rules: [{nonsense: 1}]}\n"),
              HasSubstr("error[FB0104]"));
}

TEST(FormatPolicy, HashesWithinValuesAreNoComments) {
  const std::string text =
      "apiVersion: firebreak.dev/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: a\n"
      "  annotations: {x: \"a # b\", y: a#b, z: 'it''s # c'}  # yes\n";
  EXPECT_THAT(Format(text),
              HasSubstr("annotations: {x: \"a # b\", \"y\": \"a#b\", z: \"it's # c\"}}"
                        "  # yes\n"));
}

// Comments and blank lines in random places: nothing is lost, and what comes out stays as it is.
// FormatPolicy refuses otherwise.
TEST(FormatPolicy, IsIdempotentWhereverCommentsStand) {
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    std::string text;
    std::string line;
    int comments = 0;
    for (const char c : std::string(kCanonical)) {
      line.push_back(c);
      if (c != '\n') continue;
      if (random() % 8 == 0) absl::StrAppend(&text, "\n");
      if (random() % 8 == 0) {
        absl::StrAppend(&text, std::string(random() % 6, ' '), "# c", comments++, "\n");
      }
      if (random() % 8 == 0 && line.find('#') == std::string::npos && line != "---\n") {
        line.insert(line.size() - 1, absl::StrCat("   # t", comments++));
      }
      absl::StrAppend(&text, line);
      line.clear();
    }
    const std::string formatted = Format(text);
    ASSERT_THAT(formatted, HasSubstr("apiVersion")) << text;
    EXPECT_EQ(Format(formatted), formatted) << text;
    for (int i = 0; i < comments; ++i) {
      EXPECT_TRUE(formatted.find(absl::StrCat("# c", i)) != std::string::npos ||
                  formatted.find(absl::StrCat("# t", i)) != std::string::npos)
          << i << "\n"
          << text << "\n"
          << formatted;
    }
  }
}

}  // namespace
}  // namespace firebreak::policy
