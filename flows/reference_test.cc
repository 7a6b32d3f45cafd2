#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"

#include "flows/flow.pb.h"
#include "flows/json_encoder.h"
#include "flows/record.h"

namespace firebreak::flows {
namespace {

using ::testing::HasSubstr;

std::string Page() {
  std::ostringstream page;
  page << std::ifstream(FIREBREAK_SOURCE_DIR "/docs/reference/flows.md").rdbuf();
  return page.str();
}

std::string Quoted(absl::string_view name) { return absl::StrCat("`", name, "`"); }

void ExpectDocumented(const google::protobuf::Descriptor& type, const std::string& prefix,
                      const std::string& page) {
  for (int i = 0; i < type.field_count(); ++i) {
    const auto& field = *type.field(i);
    EXPECT_THAT(page, HasSubstr(Quoted(prefix + field.name())));
    const auto* message = field.message_type();
    if (message == nullptr || message->file() != type.file()) continue;
    ExpectDocumented(*message, prefix + field.name() + ".", page);
  }
}

// json_encoder_test holds the writer to the schema; this holds the page to it.
TEST(FlowReference, NamesEveryFieldOfTheSchema) {
  ExpectDocumented(*firebreak::flow::v1::Flow::descriptor(), "", Page());
}

TEST(FlowReference, NamesEveryValueOfTheClosedLists) {
  const std::string page = Page();
  for (int i = 1; i < kReasonCount; ++i) {
    EXPECT_THAT(page, HasSubstr(Quoted(ReasonName(static_cast<Reason>(i)))));
  }
  for (int i = 1; i < kCloseReasonCount; ++i) {
    EXPECT_THAT(page, HasSubstr(Quoted(CloseReasonName(static_cast<CloseReason>(i)))));
  }
  for (int i = 0; i < kLostCauseCount; ++i) {
    EXPECT_THAT(page, HasSubstr(Quoted(LostCauseName(static_cast<LostCause>(i)))));
  }
  for (Event event : {Event::kOpen, Event::kRequest, Event::kPeriodic, Event::kClose}) {
    EXPECT_THAT(page, HasSubstr(Quoted(EventName(event))));
  }
}

}  // namespace
}  // namespace firebreak::flows
