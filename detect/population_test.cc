#include "detect/population.h"

#include <gtest/gtest.h>

#include <string>

#include "detect/testing.h"

namespace firebreak::detect {
namespace {

class PopulationTest : public ::testing::Test {
 protected:
  Ages See(const std::string& pod, int64_t hours) {
    Call call;
    call.source = names_.Intern("web");
    call.source_pod = names_.Intern(pod);
    call.destination = names_.Intern("orders");
    call.start_us = call.end_us = kTestStartUs + hours * kHourUs;
    return population_.See(call, names_);
  }

  Names names_;
  Population population_;
};

TEST_F(PopulationTest, WhatWasThereWhenTheLogBeganIsOlderThanTheLog) {
  See("web-7f4c9d8b6-abcde", 0);
  const Ages old = See("web-7f4c9d8b6-fghij", 3);
  EXPECT_EQ(old.source_generation, 3);
  EXPECT_GE(old.source_before, 24);
  EXPECT_GE(old.destination_before, 24);
  const Ages rolled_out = See("web-5d6c7b8a9-abcde", 4);
  EXPECT_EQ(rolled_out.source_generation, 0);
  EXPECT_EQ(rolled_out.source_before, 0);
}

}  // namespace
}  // namespace firebreak::detect
