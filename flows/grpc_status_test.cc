#include "flows/grpc_status.h"

#include <gtest/gtest.h>

namespace firebreak::flows {
namespace {

TEST(GrpcStatus, NamesTheCodesThatGrpcDefines) {
  EXPECT_EQ(GrpcStatusName(0), "OK");
  EXPECT_EQ(GrpcStatusName(7), "PERMISSION_DENIED");
  EXPECT_EQ(GrpcStatusName(8), "RESOURCE_EXHAUSTED");
  EXPECT_EQ(GrpcStatusName(16), "UNAUTHENTICATED");
  EXPECT_EQ(GrpcStatusName(17), "");
  EXPECT_EQ(GrpcStatusName(UINT64_MAX), "");
}

TEST(GrpcStatus, ReadsNamesAndNumbers) {
  for (uint64_t status = 0; status <= 16; ++status) {
    EXPECT_EQ(ParseGrpcStatus(GrpcStatusName(status)), status);
  }
  EXPECT_EQ(ParseGrpcStatus("permission_denied"), 7U);
  EXPECT_EQ(ParseGrpcStatus("99"), 99U);
  for (const char* other : {"", "DENIED", "-1", "1.5", "99999999999999999999"}) {
    EXPECT_EQ(ParseGrpcStatus(other), std::nullopt) << other;
  }
}

}  // namespace
}  // namespace firebreak::flows
