// Runs the validator over the certificates that tests/support/svid_matrix.py has written, and
// compares each verdict with the one expected there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "certs/pem.h"
#include "certs/svid_validator.h"
#include "certs/verify_cache.h"

namespace firebreak::certs {
namespace {

using ::testing::Contains;

constexpr size_t kMinCases = 150;

struct MatrixCase {
  std::string name;
  std::vector<std::string> expected;
  std::string chain_file;
  std::string trust;
  absl::Time now;
};

std::string Folder() {
  const char* folder = std::getenv("FIREBREAK_SVID_MATRIX");
  return folder == nullptr ? "" : folder;
}

std::string Read(absl::string_view file) {
  std::ifstream in(absl::StrCat(Folder(), "/", file), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> ReadDer(absl::string_view label, absl::string_view file) {
  const std::string text = Read(file);
  return text.empty() ? std::vector<std::string>() : ReadPemOf(label, text).value();
}

std::vector<MatrixCase> ReadManifest() {
  std::vector<MatrixCase> out;
  for (const absl::string_view line :
       absl::StrSplit(Read("manifest.tsv"), '\n', absl::SkipEmpty())) {
    const std::vector<std::string> fields = absl::StrSplit(line, '\t');
    int64_t seconds = 0;
    if (fields.size() != 5 || !absl::SimpleAtoi(fields[4], &seconds)) {
      ADD_FAILURE() << "bad line in the manifest: " << line;
      continue;
    }
    out.push_back({fields[0], absl::StrSplit(fields[1], '|'), fields[2], fields[3],
                   absl::FromUnixSeconds(seconds)});
  }
  return out;
}

// ReadTrust takes "domain=bundle[+crl],...".
absl::StatusOr<std::shared_ptr<const TrustStore>> ReadTrust(absl::string_view spec) {
  std::vector<std::shared_ptr<const TrustBundle>> bundles;
  for (const absl::string_view entry : absl::StrSplit(spec, ',')) {
    const std::vector<std::string> parts = absl::StrSplit(entry, absl::MaxSplits('=', 1));
    const std::vector<std::string> files = absl::StrSplit(parts.at(1), '+');
    TrustBundle::BundleDer der;
    der.certificates = ReadDer(kPemCertificate, files.at(0));
    if (files.size() > 1) der.crls = ReadDer(kPemCrl, files.at(1));
    auto bundle = TrustBundle::FromDer(parts.at(0), der);
    if (!bundle.ok()) return bundle.status();
    bundles.push_back(*std::move(bundle));
  }
  return std::make_shared<const TrustStore>(std::move(bundles), 1);
}

void CheckCase(const MatrixCase& test) {
  const auto store = ReadTrust(test.trust);
  if (!store.ok()) {
    EXPECT_THAT(test.expected, Contains("BUNDLE_REFUSED")) << store.status();
    return;
  }
  const std::vector<std::string> chain = ReadDer(kPemCertificate, test.chain_file);
  const std::vector<absl::string_view> views(chain.begin(), chain.end());
  const SvidVerdict verdict = SvidValidator(*store, Limits()).Validate(views, test.now);
  EXPECT_THAT(test.expected, Contains(SvidErrorName(verdict.error))) << verdict.detail;
  EXPECT_EQ(verdict.identity != nullptr, verdict.error == SvidError::kNone);

  VerifyCache cache(*store, Limits());
  EXPECT_EQ(cache.Verify(views, test.now).error, verdict.error);
  EXPECT_EQ(cache.Verify(views, test.now).error, verdict.error) << "the second time";
}

TEST(SvidMatrix, EveryChainGetsTheVerdictExpected) {
  if (Folder().empty()) GTEST_SKIP() << "FIREBREAK_SVID_MATRIX is not set";
  const std::vector<MatrixCase> cases = ReadManifest();
  if (cases.empty()) GTEST_SKIP() << "no certificates: is python3-cryptography installed?";
  EXPECT_GE(cases.size(), kMinCases);
  for (const MatrixCase& test : cases) {
    SCOPED_TRACE(test.name);
    CheckCase(test);
  }
}

}  // namespace
}  // namespace firebreak::certs
