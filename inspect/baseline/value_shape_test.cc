#include "inspect/baseline/value_shape.h"

#include <gtest/gtest.h>

#include <string>

namespace firebreak::inspect {
namespace {

ValueShape ShapeOf(absl::string_view value) {
  ValueShape shape;
  shape.Clear();
  shape.Add(value);
  return shape;
}

bool Is(absl::string_view value, ValueType type) {
  return ((ShapeOf(value).TypeBits() >> static_cast<uint32_t>(type)) & 1) != 0;
}

TEST(ValueShape, IsTheSameHoweverTheValueIsCut) {
  const std::string value = "10 Downing St, a-b@c.d \x01\xff" + std::string(100, 'x');
  const ValueShape whole = ShapeOf(value);
  for (size_t cut = 0; cut <= value.size(); ++cut) {
    ValueShape parts;
    parts.Clear();
    parts.Add(absl::string_view(value).substr(0, cut));
    parts.Add(absl::string_view(value).substr(cut));
    EXPECT_EQ(parts.size(), whole.size());
    EXPECT_EQ(parts.classes(), whole.classes());
    EXPECT_EQ(parts.pattern(), whole.pattern());
    EXPECT_EQ(parts.text(), whole.text());
    EXPECT_EQ(parts.TypeBits(), whole.TypeBits());
  }
}

TEST(ValueShape, MakesPatternsOfRuns) {
  EXPECT_EQ(ShapeOf("").pattern(), "");
  EXPECT_EQ(ShapeOf("91257210H").pattern(), "9a");
  EXPECT_EQ(ShapeOf("Vino Rioja Gran Reserva").pattern(), "a");
  EXPECT_EQ(ShapeOf("' or 1=1 --").pattern(), "' a 9=9 --");
  EXPECT_EQ(ShapeOf("1.2.3.4.5.6.7.8.9.0").pattern(), "9.9.9.9.9.9.9.9.~");
}

TEST(ValueShape, KnowsTypes) {
  EXPECT_TRUE(Is("42", ValueType::kInteger));
  EXPECT_TRUE(Is("-42", ValueType::kNumber));
  EXPECT_TRUE(Is("4.25", ValueType::kNumber));
  EXPECT_FALSE(Is("4.25", ValueType::kInteger));
  EXPECT_TRUE(Is("Off", ValueType::kBoolean));
  EXPECT_TRUE(Is("deadbeef01", ValueType::kHex));
  EXPECT_FALSE(Is("beef", ValueType::kHex));
  EXPECT_TRUE(Is("550e8400-e29b-41d4-a716-446655440000", ValueType::kUuid));
  EXPECT_TRUE(Is("2026-11-22T09:00:00Z", ValueType::kDate));
  EXPECT_TRUE(Is("22/11/2026", ValueType::kDate));
  EXPECT_TRUE(Is("ann@shop.example", ValueType::kEmail));
  for (const char* none : {"ann", "a@b@c.d", "@shop.example", "ann@", "a b@c.d"}) {
    EXPECT_FALSE(Is(none, ValueType::kEmail)) << none;
  }
  EXPECT_TRUE(Is("us-east_1", ValueType::kToken));
  EXPECT_TRUE(Is("J\xc3\xb3 Ib", ValueType::kWords));
  EXPECT_FALSE(Is("O'Brien", ValueType::kWords));
}

TEST(ValueShape, HasANameForEachClassAndType) {
  for (size_t i = 0; i < kCharClasses; ++i) EXPECT_FALSE(CharClassName(i).empty());
  for (size_t i = 0; i < kValueTypes; ++i) {
    EXPECT_FALSE(ValueTypeName(static_cast<ValueType>(i)).empty());
  }
  EXPECT_EQ(CharClassName(CharClassOf('\'')), "`'`");
}

}  // namespace
}  // namespace firebreak::inspect
