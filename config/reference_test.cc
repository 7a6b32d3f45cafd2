// Holds docs/reference/ to the code: its examples load, and it leaves nothing out.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/limits.h"
#include "config/collector.pb.h"
#include "config/collector_config.h"
#include "config/error_codes.h"
#include "config/file_text.h"
#include "config/proxy.pb.h"
#include "config/proxy_config.h"

namespace firebreak::config {
namespace {

using testing::HasSubstr;

std::string Page(absl::string_view name) {
  Diagnostics diagnostics;
  const auto text =
      ReadFileText(absl::StrCat(FIREBREAK_SOURCE_DIR, "/docs/reference/", name), &diagnostics);
  EXPECT_EQ(diagnostics.Format(/*color=*/false), "");
  return text.value_or("");
}

// Fenced returns the code blocks of a page in one language.
std::vector<std::string> Fenced(const std::string& page, absl::string_view language) {
  const std::string open = absl::StrCat("```", language, "\n");
  std::vector<std::string> blocks;
  for (size_t at = page.find(open); at != std::string::npos; at = page.find(open, at + 1)) {
    const size_t begin = at + open.size();
    blocks.push_back(page.substr(begin, page.find("```", begin) - begin));
  }
  return blocks;
}

TEST(Reference, ItsExamplesLoad) {
  const std::string page = Page("config.md");
  for (const absl::string_view language : {"yaml", "json"}) {
    const std::vector<std::string> examples = Fenced(page, language);
    EXPECT_FALSE(examples.empty()) << language;
    for (const std::string& example : examples) {
      Diagnostics diagnostics;
      EXPECT_TRUE(ParseProxyConfig("config.md", example, &diagnostics).has_value());
      EXPECT_EQ(diagnostics.Format(false), "");
    }
  }
}

TEST(Reference, TheExampleOfACollectorLoads) {
  const std::vector<std::string> examples = Fenced(Page("collector.md"), "yaml");
  ASSERT_EQ(examples.size(), 1U);
  Diagnostics diagnostics;
  EXPECT_TRUE(CollectorConfig::Parse("collector.md", examples[0], &diagnostics).has_value());
  EXPECT_EQ(diagnostics.Format(false), "");
}

void ExpectFields(const google::protobuf::Descriptor& message, const std::string& page) {
  EXPECT_THAT(page, HasSubstr(absl::StrCat("### ", message.name(), "\n")));
  for (int i = 0; i < message.field_count(); ++i) {
    EXPECT_THAT(page, HasSubstr(absl::StrCat("| `", message.field(i)->name(), "` |")));
  }
}

TEST(Reference, ListsEveryFieldOfTheConfiguration) {
  const std::string page = Page("config.md");
  for (const google::protobuf::Descriptor* of :
       {v1::Proxy::descriptor(), v1::FlowLog::descriptor()}) {
    const google::protobuf::FileDescriptor& file = *of->file();
    for (int i = 0; i < file.message_type_count(); ++i) ExpectFields(*file.message_type(i), page);
  }
}

TEST(Reference, ListsEveryFieldOfTheCollectorsConfiguration) {
  const std::string page = Page("collector.md");
  const google::protobuf::FileDescriptor& file = *v1::Collector::descriptor()->file();
  for (int i = 0; i < file.message_type_count(); ++i) ExpectFields(*file.message_type(i), page);
}

TEST(Reference, ListsEveryLimitWithItsDefaultAndBounds) {
  const std::string page = Page("config.md");
  const Limits defaults;
  for (const LimitField& limit : AllLimits()) {
    EXPECT_THAT(page,
                HasSubstr(absl::StrCat("| `", limit.name, "` | ", defaults.*limit.field, " | ",
                                       limit.min, " | ", limit.max, " | ", limit.help, " |")));
  }
}

TEST(Reference, ListsEveryErrorCodeWithItsMeaning) {
  const std::string page = Page("errors.md");
  for (const ErrorCodeInfo& info : AllErrorCodes()) {
    EXPECT_THAT(page,
                HasSubstr(absl::StrCat("| ", ErrorCodeName(info.code), " | ", info.meaning, " |")));
  }
}

}  // namespace
}  // namespace firebreak::config
