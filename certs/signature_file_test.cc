#include "certs/signature_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/temp_folder.h"

namespace firebreak::certs {
namespace {

using testing::HasSubstr;

TEST(SignatureFile, IsGoodForItsBytesAndAKeyThatIsBelievedAlone) {
  const tests::TempFolder folder;
  const std::string file = folder.Path("pack.yaml");
  const auto ours = SigningKey::Generate();
  const auto others = SigningKey::Generate();
  ASSERT_TRUE(ours.ok() && others.ok());
  const auto line = SignatureLine("what is signed", *ours);
  ASSERT_TRUE(line.ok());
  folder.Write("pack.yaml.sig", *line);
  const std::vector<VerifyingKey> both = {others->public_half(), ours->public_half()};
  EXPECT_TRUE(CheckSignatureFile(file, "what is signed", both).ok());
  EXPECT_TRUE(absl::IsPermissionDenied(CheckSignatureFile(file, "what is signed!", both)));
  EXPECT_TRUE(absl::IsPermissionDenied(
      CheckSignatureFile(file, "what is signed", {others->public_half()})));
  EXPECT_TRUE(absl::IsPermissionDenied(CheckSignatureFile(file, "what is signed", {})));
}

TEST(SignatureFile, WhatIsNoSignatureIsNone) {
  const tests::TempFolder folder;
  const auto key = SigningKey::Generate();
  ASSERT_TRUE(key.ok());
  const std::vector<VerifyingKey> keys = {key->public_half()};
  const absl::Status missing = CheckSignatureFile(folder.Path("pack.yaml"), "text", keys);
  EXPECT_FALSE(missing.ok());
  EXPECT_THAT(std::string(missing.message()), HasSubstr("pack.yaml.sig"));
  for (const char* line : {"!!!", "AAAA", "\n"}) {
    folder.Write("pack.yaml.sig", line);
    EXPECT_FALSE(CheckSignatureFile(folder.Path("pack.yaml"), "text", keys).ok()) << line;
  }
}

}  // namespace
}  // namespace firebreak::certs
