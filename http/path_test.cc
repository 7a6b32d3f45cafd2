#include "http/path.h"

#include <random>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "gtest/gtest.h"

namespace firebreak::http {
namespace {

constexpr PathRules kAllowAll = {
    .allow_escaped_slash = true, .allow_parameters = true, .allow_non_ascii = true};

// The canonical form, or "!" and the code of the fault.
std::string Normalised(absl::string_view path, const PathRules& rules = {}) {
  std::string text(path);
  const Fault fault = NormalisePath(rules, text);
  if (fault == Fault::kNone) return text;
  EXPECT_EQ(text, path) << "changed on a fault";
  return absl::StrCat("!", RejectionOf(fault).code);
}

struct Case {
  absl::string_view path;
  absl::string_view normal;
};

void Check(const std::vector<Case>& cases, const PathRules& rules = {}) {
  for (const auto& [path, normal] : cases) EXPECT_EQ(Normalised(path, rules), normal) << path;
}

TEST(Path, P_01_DotSegmentsAreResolved) {
  Check({{"/", "/"},
         {"/a/./b", "/a/b"},
         {"/a/.", "/a/"},
         {"/.", "/"},
         {"/./", "/"},
         {"/info/../private", "/private"},
         {"/a/b/..", "/a/"},
         {"/a/..", "/"},
         {"/a/../", "/"},
         {"/a/b/c/../../d", "/a/d"},
         {"/a/b/%2e%2e/c", "/a/c"},
         {"/a/%2E./c", "/c"},
         {"/a/.%2e/c", "/c"},
         {"/a/%2e/c", "/a/c"},
         {"/a/...", "/a/..."},
         {"/.well-known/x", "/.well-known/x"},
         {"/a/..b", "/a/..b"},
         {"/a/b..", "/a/b.."},
         {"/a/.b/../c", "/a/c"}});
}

TEST(Path, P_01_ClimbingAboveTheRootIsRefused) {
  for (const char* path : {"/..", "/../", "/../a", "/a/../..", "/a/../../b", "/./..", "//..",
                           "/%2e%2e", "/%2E%2e/etc", "/a/b/../../../c"}) {
    EXPECT_EQ(Normalised(path), "!path_above_root") << path;
    EXPECT_EQ(Normalised(path, kAllowAll), "!path_above_root") << path;
  }
}

TEST(Path, P_02_SlashesAreMerged) {
  Check({{"//", "/"},
         {"//admin", "/admin"},
         {"///a////b//", "/a/b/"},
         {"/a//../b", "/b"},
         {"/a/.//b", "/a/b"},
         {"//a.example/b", "/a.example/b"}});
}

TEST(Path, P_02_EscapedSlashesAndBackslashesAreRefused) {
  for (const char* path : {"/%2Fadmin", "/%2fadmin", "/a%2F..%2Fb", "/%5cadmin", "/a%5C"}) {
    EXPECT_EQ(Normalised(path), "!path_escaped_slash") << path;
  }
  for (const char* path : {"/\\admin", "/app/\\/\\/\\admin", "/a\\", "/a\\..\\b"}) {
    EXPECT_EQ(Normalised(path), "!path_backslash") << path;
    EXPECT_EQ(Normalised(path, kAllowAll), "!path_backslash") << path;
  }
  EXPECT_EQ(Normalised("\\admin"), "!path_form");
}

TEST(Path, P_02_AllowedEscapedSlashesHideNoDots) {
  const PathRules rules = {.allow_escaped_slash = true};
  Check({{"/a%2fb", "/a%2Fb"},
         {"/%5c", "/%5C"},
         {"/%2F", "/%2F"},
         {"/a%2F..b", "/a%2F..b"},
         {"/a%2f../b", "!path_dot_segment"},
         {"/..%2Fb", "!path_dot_segment"},
         {"/a/..%5cb", "!path_dot_segment"},
         {"/a%2F%2e%2E", "!path_dot_segment"},
         {"/a%2F.%2Fb", "!path_dot_segment"},
         {"/a%5C..%2Fb/c", "!path_dot_segment"}},
        rules);
}

TEST(Path, P_03_EscapesAreDecodedOnce) {
  Check({{"/%61dmin", "/admin"},
         {"/%41%7e%2d%5f%30", "/A~-_0"},
         {"/a%20b", "/a%20b"},
         {"/%3a%2b%40", "/%3A%2B%40"},
         {"/%252e", "/%252e"},
         {"/%252e%252e/a", "/%252e%252e/a"},
         {"/%252fadmin", "/%252fadmin"},
         {"/%25", "/%25"},
         {"/%2525", "/%2525"},
         {"/%3f", "/%3F"},
         {"/deny%23", "/deny%23"}});
}

TEST(Path, P_03_BadEscapesAreRefused) {
  for (const char* path : {"/%", "/%a", "/%zz", "/a%", "/a%2", "/%2g", "/%g2", "/%%41", "/%u0041",
                           "/% 41", "/%-1", "/%+1", "/%0x"}) {
    EXPECT_EQ(Normalised(path), "!path_escape") << path;
    EXPECT_EQ(Normalised(path, kAllowAll), "!path_escape") << path;
  }
}

TEST(Path, P_03_EscapedControlsAreRefused) {
  for (int byte = 0; byte < 0x80; ++byte) {
    if (byte >= 0x20 && byte != 0x7f) continue;
    const std::string path = absl::StrCat("/a%", absl::Hex(byte, absl::kZeroPad2));
    EXPECT_EQ(Normalised(path), "!path_escaped_control") << path;
    EXPECT_EQ(Normalised(path, kAllowAll), "!path_escaped_control") << path;
  }
}

TEST(Path, P_03_BytesThatAreNotAsciiAreRefused) {
  for (const char* path : {"/caf\xc3\xa9", "/caf%C3%A9", "/%c0%af", "/%ff", "/\xff"}) {
    EXPECT_EQ(Normalised(path), "!path_non_ascii") << path;
  }
}

TEST(Path, P_03_AllowedUnicodeIsValidAndEscaped) {
  const PathRules rules = {.allow_non_ascii = true};
  Check({{"/caf\xc3\xa9", "/caf%C3%A9"},
         {"/caf%c3%a9", "/caf%C3%A9"},
         {"/\xf0\x9f\x94\xa5/x", "/%F0%9F%94%A5/x"},
         {"/%c3\xa9", "/%C3%A9"},
         {"/%c0%af", "!path_non_ascii"},
         {"/%c0%ae%c0%ae/a", "!path_non_ascii"},
         {"/%e0%80%af", "!path_non_ascii"},
         {"/%ed%a0%80", "!path_non_ascii"},
         {"/%c2%85", "!path_non_ascii"},
         {"/%c3", "!path_non_ascii"},
         {"/%c3/%a9", "!path_non_ascii"},
         {"/%c3%41", "!path_non_ascii"},
         {"/\xc3", "!path_non_ascii"},
         {"/\xc3%a9", "/%C3%A9"},
         {"/%f4%8f%bf%bf", "/%F4%8F%BF%BF"},
         {"/%f4%90%80%80", "!path_non_ascii"},
         {"/%c3%a9%a9", "!path_non_ascii"},
         {"/\xc3.", "!path_non_ascii"},
         {"/\xff", "!path_non_ascii"}},
        rules);
}

TEST(Path, P_04_ParametersAreRefused) {
  for (const char* path : {"/admin;x=y/a", "/..;/admin", "/.;/x", "/a;", "/;", "/;/a"}) {
    EXPECT_EQ(Normalised(path), "!path_parameters") << path;
  }
}

TEST(Path, P_04_AllowedParametersHideNoDots) {
  const PathRules rules = {.allow_parameters = true};
  Check({{"/admin;x=y/a", "/admin;x=y/a"},
         {"/a;", "/a;"},
         {"/a;b/../c", "/c"},
         {"/..a;b", "/..a;b"},
         {"/..;/admin", "!path_dot_segment"},
         {"/a/..;x=y/admin", "!path_dot_segment"},
         {"/.;/x", "!path_dot_segment"},
         {"/;/x", "!path_dot_segment"},
         {"/a/%2e%2e;/x", "!path_dot_segment"}},
        rules);
  EXPECT_EQ(Normalised("/a%2F..;x/b", kAllowAll), "!path_dot_segment");
}

TEST(Path, P_04_EscapedSemicolonsHideNoDots) {
  Check({{"/a%3bb", "/a%3Bb"},
         {"/a/..%3b/b", "!path_dot_segment"},
         {"/.%3B", "!path_dot_segment"},
         {"/%3bx", "!path_dot_segment"}});
}

TEST(Path, P_05_FragmentsAreRefused) {
  for (const char* path : {"/#", "/deny#x", "/a#f/../b", "/a%23#"}) {
    EXPECT_EQ(Normalised(path), "!path_fragment") << path;
    EXPECT_EQ(Normalised(path, kAllowAll), "!path_fragment") << path;
  }
}

TEST(Path, P_06_CharactersOfPatternsAreCharacters) {
  Check({{"/*", "/*"}, {"/a.b*c", "/a.b*c"}, {"/{*}", "/%7B*%7D"}, {"/$a+(b)", "/$a+(b)"}});
}

TEST(Path, P_07_CaseAndFinalSlashStay) {
  Check({{"/Admin", "/Admin"}, {"/admin/", "/admin/"}, {"/administrator", "/administrator"}});
}

TEST(Path, P_08_MethodsOfGrpcStayAsTheyAre) {
  Check({{"/pkg.Svc/M", "/pkg.Svc/M"},
         {"/pkg.Svc/M/", "/pkg.Svc/M/"},
         {"//pkg.Svc/M", "/pkg.Svc/M"},
         {"/pkg.Svc/%4d", "/pkg.Svc/M"},
         {"pkg.Svc/M", "!path_form"}});
}

TEST(Path, X_03_StartsWithASlash) {
  for (const char* path : {"", "Service/Method", "*", "http://a/", "a", "?", "%2F", ".", "../a"}) {
    EXPECT_EQ(Normalised(path), "!path_form") << path;
  }
}

TEST(Path, X_01_ControlsAndSpacesAreRefused) {
  for (int byte = 0; byte < 0x80; ++byte) {
    if (byte > 0x20 && byte != 0x7f) continue;
    const std::string path = absl::StrCat("/a", std::string(1, static_cast<char>(byte)), "b");
    EXPECT_EQ(Normalised(path), "!path_bytes") << byte;
    EXPECT_EQ(Normalised(path, kAllowAll), "!path_bytes") << byte;
  }
}

TEST(Path, HarmlessBytesAreEscaped) {
  EXPECT_EQ(Normalised("/\"<>[]^`{|}"), "/%22%3C%3E%5B%5D%5E%60%7B%7C%7D");
  EXPECT_EQ(Normalised("/a|b"), Normalised("/a%7cb"));
}

TEST(Path, PlainCharactersAreLeftAlone) {
  const std::string plain =
      "/ABCXYZabcxyz0189-._~!$&'()*+,=:@/second:segment@2x(1)=a,b+c*d'e!f$g&h~";
  EXPECT_EQ(Normalised(plain), plain);
}

TEST(Path, LongPathsTakeLinearTime) {
  std::string dots;
  std::string deep;
  for (int i = 0; i < 200'000; ++i) {
    dots += "/a/..";
    deep += "/a";
  }
  EXPECT_EQ(Normalised(dots), "/");
  std::string back = deep;
  for (int i = 0; i < 200'000; ++i) back += "/..";
  EXPECT_EQ(Normalised(back), "/");
  EXPECT_EQ(Normalised(absl::StrCat(back, "/..")), "!path_above_root");
  EXPECT_EQ(Normalised(std::string(1'000'000, '/')), "/");
}

TEST(Query, P_05_IsKeptUnlessItCouldEndTheTarget) {
  const PathRules rules;
  for (const char* query :
       {"", "a=b&c=d", "?", "a=../..", "%zz", "%", "%00%0d%0a", "a;b", "//", "\\", "[]{}|\"<>^`"}) {
    EXPECT_EQ(CheckQuery(rules, query), Fault::kNone) << query;
  }
  EXPECT_EQ(CheckQuery(rules, "a#b"), Fault::kPathFragment);
  for (const char* query : {"a b", "a\tb", "a\r\nb", "\x7f"}) {
    EXPECT_EQ(CheckQuery(kAllowAll, query), Fault::kPathBytes) << query;
  }
  EXPECT_EQ(CheckQuery(rules, absl::string_view("\0", 1)), Fault::kPathBytes);
  EXPECT_EQ(CheckQuery(rules, "caf\xc3\xa9"), Fault::kPathNonAscii);
  EXPECT_EQ(CheckQuery(kAllowAll, "caf\xc3\xa9&a"), Fault::kNone);
  for (const char* query : {"\xc0\xaf", "\xc3", "\xc3&", "\xff"}) {
    EXPECT_EQ(CheckQuery(kAllowAll, query), Fault::kPathNonAscii) << query;
  }
}

// Random paths from pieces that are near to every rule.
std::string RandomPath(std::mt19937& random) {
  static const auto* const pieces = new std::vector<std::string>{
      "/",   "/",   "/",   "/",   ".",   "..",  "a",    "b",    "%2e",      "%2E",     "%61", "%41",
      "%20", "%7C", "|",   "%25", "2e",  "2F",  "%2F",  "%5c",  ";",        "%3b",     "=",   "@",
      "~",   "%7e", "%zz", "%",   "#",   "\\",  "%00",  "\xc3", "\xc3\xa9", "%c3%a9",  "%c0", "%af",
      "*",   "{",   "}",   " ",   "%3f", "%0a", "/../", "/./",  "/..;/",    "%2e%2e/", "//"};
  std::string path = "/";
  const size_t count = random() % 12;
  for (size_t i = 0; i < count; ++i) path += (*pieces)[random() % pieces->size()];
  return path;
}

bool HasLowerEscape(absl::string_view path) {
  for (size_t at = path.find('%'); at != absl::string_view::npos; at = path.find('%', at + 1)) {
    if (absl::ascii_islower(path[at + 1]) || absl::ascii_islower(path[at + 2])) return true;
  }
  return false;
}

TEST(PathProperties, NormalIsNormalForEverybody) {
  std::mt19937 random(20'260'102);
  int accepted = 0;
  for (int i = 0; i < 200'000; ++i) {
    const PathRules rules = {(i & 1) != 0, (i & 2) != 0, (i & 4) != 0};
    const std::string path = RandomPath(random);
    std::string once = path;
    if (NormalisePath(rules, once) != Fault::kNone) continue;
    ++accepted;
    ASSERT_EQ(Normalised(once, rules), once) << path;
    ASSERT_EQ(once.front(), '/') << path;
    for (const char* never : {"//", "/./", "/../", "#", "\\", "?", " ", "%00", "%2E", "%61"}) {
      ASSERT_FALSE(absl::StrContains(once, never)) << path << " gave " << once;
    }
    ASSERT_FALSE(absl::EndsWith(once, "/.") || absl::EndsWith(once, "/..")) << path;
    ASSERT_FALSE(HasLowerEscape(once)) << path << " gave " << once;
    for (const char c : once) ASSERT_TRUE(c > 0x20 && c < 0x7f) << path;
  }
  EXPECT_GT(accepted, 20'000);
}

// The plain reading of RFC 3986 on paths of dots and slashes: split, walk, join.
std::string WalkedPath(absl::string_view path) {
  std::vector<std::string> names;
  const std::vector<std::string> segments = absl::StrSplit(path.substr(1), '/');
  for (const std::string& segment : segments) {
    if (segment.empty() || segment == ".") continue;
    if (segment != "..") {
      names.push_back(segment);
      continue;
    }
    if (names.empty()) return "!path_above_root";
    names.pop_back();
  }
  std::string walked = "/";
  for (const std::string& name : names) absl::StrAppend(&walked, name, "/");
  const std::string& last = segments.back();
  const bool is_folder = last.empty() || last == "." || last == "..";
  if (!is_folder) walked.pop_back();
  return walked;
}

TEST(PathProperties, AgreesWithWalkingTheSegments) {
  std::mt19937 random(20'260'103);
  const std::vector<std::string> pieces = {"/", "/", "/", ".", "..", "a", "b", "...", "/../"};
  for (int i = 0; i < 100'000; ++i) {
    std::string path = "/";
    const size_t count = random() % 10;
    for (size_t piece = 0; piece < count; ++piece) path += pieces[random() % pieces.size()];
    ASSERT_EQ(Normalised(path), WalkedPath(path)) << path;
  }
}

}  // namespace
}  // namespace firebreak::http
