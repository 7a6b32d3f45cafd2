// From HTTP/2's fields to the one canonical request (rows ): what HTTP/1 could be made
// to read in another way never becomes a request.
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proxy/http2/testing.h"

namespace firebreak::proxy {
namespace {

using testing::ClientPreface;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::Fields;
using testing::GetFields;
using ::testing::HasSubstr;
using testing::Headers;
using testing::PostFields;
using testing::ServerPeer;
using ::testing::StartsWith;

// With replaces or adds one field.
Fields With(Fields fields, const std::string& name, const std::string& value) {
  for (auto& [field, old] : fields) {
    if (field == name) {
      old = value;
      return fields;
    }
  }
  fields.emplace_back(name, value);
  return fields;
}

Fields Without(Fields fields, const std::string& name) {
  for (auto it = fields.begin(); it != fields.end(); ++it) {
    if (it->first == name) {
      fields.erase(it);
      break;
    }
  }
  return fields;
}

// ExpectStreamError: the request is reset as malformed, and nobody is asked about it; the
// connection goes on.
void ExpectStreamError(const Fields& fields) {
  std::string text;
  for (const auto& [name, value] : fields) absl::StrAppend(&text, "[", name, ": ", value, "]");
  SCOPED_TRACE(text);
  ServerPeer server;
  server.Feed(ClientPreface());
  server.TakeOutput();
  server.Feed(Headers(1, fields));
  EXPECT_THAT(server.transcript().lines(), ElementsAre(StartsWith("malformed ")));
  EXPECT_THAT(server.TakeFrames(), Contains("RST_STREAM 1 h2_protocol_error"));
  server.Feed(Headers(3, GetFields()));
  EXPECT_EQ(server.requests(), 1u);
  EXPECT_EQ(server.codec().live_streams(), 1u);
}

// ExpectRejected: the host is asked to answer the request with an error.
void ExpectRejected(const Fields& fields, absl::string_view code) {
  ServerPeer server;
  server.Feed(ClientPreface() + Headers(1, fields));
  EXPECT_THAT(server.transcript().lines(), ElementsAre(absl::StrCat("1 rejected ", code), "1 end"));
}

TEST(Http2Translation, X_01_LineEndsAndNulInValues) {
  for (const std::string& bytes :
       {std::string("\r\n"), std::string("\r"), std::string("\n"), std::string(1, '\0'),
        std::string("\x7f"), std::string("\x01")}) {
    ExpectStreamError(With(GetFields(), "x-a", "v" + bytes + "transfer-encoding: chunked"));
    ExpectStreamError(With(GetFields(), ":path", "/" + bytes + "x"));
    ExpectStreamError(With(GetFields(), ":method", "GET" + bytes + "x"));
    ExpectStreamError(With(GetFields(), ":authority", "a.example" + bytes + "b"));
    ExpectStreamError(With(GetFields(), ":scheme", "https" + bytes));
    ExpectStreamError(With(GetFields(), "x" + bytes + "a", "v"));
    ExpectStreamError(With(GetFields(), "host", "a.example" + bytes));
    ExpectStreamError(With(GetFields(), "cookie", "a=1" + bytes + "b"));
  }
}

TEST(Http2Translation, X_01_NamesThatAreNone) {
  for (const char* name : {"", "X-Upper", "x a", "x:a", ":x", "x\xe9", "x\"", "x(", "tAil"}) {
    ExpectStreamError(With(GetFields(), name, "v"));
  }
}

TEST(Http2Translation, X_01_WhiteSpaceAroundValues) {
  for (const char* value : {" v", "v ", "\tv", "v\t"}) {
    ExpectStreamError(With(GetFields(), "x-a", value));
  }
}

TEST(Http2Translation, X_01_FramingAndConnectionFields) {
  for (const auto& [name, value] : Fields{{"transfer-encoding", "chunked"},
                                          {"connection", "close"},
                                          {"connection", "x-a"},
                                          {"keep-alive", "1"},
                                          {"proxy-connection", "close"},
                                          {"upgrade", "websocket"},
                                          {"te", "chunked"}}) {
    ExpectStreamError(With(GetFields(), name, value));
  }
}

TEST(Http2Translation, X_01_ContentLengthThatIsNone) {
  for (const char* value : {"", "+5", "-5", "0x5", "05", "5,5", "5 5", "1_0", "5.0",
                            "18446744073709551616", "99999999999999999999999"}) {
    ExpectStreamError(With(PostFields(), "content-length", value));
  }
  Fields twice = With(PostFields(), "content-length", "0");
  twice.emplace_back("content-length", "0");
  ExpectStreamError(twice);
}

TEST(Http2Translation, X_02_PseudoFieldsMissingTwiceOrUnknown) {
  for (const char* name : {":method", ":scheme", ":path"}) {
    ExpectStreamError(Without(GetFields(), name));
    Fields twice = GetFields();
    twice.emplace_back(name, "/");
    ExpectStreamError(twice);
    ExpectStreamError(With(GetFields(), name, ""));
  }
  ExpectStreamError(Without(GetFields(), ":authority"));  // and no Host
  Fields twice = GetFields();
  twice.emplace_back(":authority", "a.example");
  ExpectStreamError(twice);
  for (const char* name : {":status", ":protocol", ":unknown", ":"}) {
    ExpectStreamError(With(GetFields(), name, "200"));
  }
}

TEST(Http2Translation, X_02_PseudoFieldsComeFirst) {
  Fields late = Without(GetFields(), ":path");
  late.emplace_back("x-a", "v");
  late.emplace_back(":path", "/");
  ExpectStreamError(late);
}

TEST(Http2Translation, X_02_MethodsAndSchemesThatAreNone) {
  for (const char* method : {"GET / HTTP/1.1", "GET ", "G\"T", "GET/", "\xc3\xa9"}) {
    ExpectStreamError(With(GetFields(), ":method", method));
  }
  for (const char* scheme : {"HTTPS", "Http", "ftp", "foo", "https://x", "ws", "1http"}) {
    ExpectStreamError(With(GetFields(), ":scheme", scheme));
  }
}

TEST(Http2Translation, X_02_NoPseudoFieldsInTrailers) {
  for (const char* name : {":path", ":status", ":method", ":x"}) {
    ServerPeer server;
    server.Feed(ClientPreface() + Headers(1, PostFields(), 0) + Headers(1, {{name, "/"}}));
    EXPECT_THAT(server.transcript().lines(), Contains(StartsWith("1 failure malformed")));
  }
}

TEST(Http2Translation, X_03_PathsThatDoNotBeginWithASlash) {
  for (const char* path : {"Service/Method", "http://a.example/", "https://b.example", "*", "?x",
                           "a", "%2f", "a.example:80"}) {
    ExpectStreamError(With(GetFields(), ":path", path));
    // nghttp2 looks at the path of http and https only.
    ExpectStreamError(With(With(GetFields(), ":path", path), ":scheme", "foo"));
  }
}

TEST(Http2Translation, X_03_PathsWithBytesThatAreNone) {
  ExpectStreamError(With(GetFields(), ":path", "/a b"));
  ExpectRejected(With(GetFields(), ":path", "/a#f"), "path_fragment");
  ServerPeer server;
  server.Feed(ClientPreface() + Headers(1, With(GetFields(), ":path", "/\xc3\xa9")));
  EXPECT_EQ(server.transcript().lines().size(), 2u);
  EXPECT_THAT(server.Text(), HasSubstr("1 rejected path_non_ascii"));
}

TEST(Http2Translation, X_03_ADoubleSlashIsAPathNotAnAuthority) {
  ServerPeer server;
  server.Feed(ClientPreface() + Headers(1, With(GetFields(), ":path", "//admin/x")));
  EXPECT_EQ(server.Text(), "1 request GET https://a.example/admin/x\n1 end");
}

TEST(Http2Translation, X_03_AsteriskIsForOptions) {
  ServerPeer server;
  server.Feed(ClientPreface() +
              Headers(1, With(With(GetFields(), ":path", "*"), ":method", "OPTIONS")));
  EXPECT_THAT(server.Text(), StartsWith("1 request OPTIONS https://a.example*"));
}

TEST(Http2Translation, X_04_AuthorityAgainstHost) {
  ExpectRejected(With(GetFields(), "host", "b.example"), "host_mismatch");
  ServerPeer server;
  server.Feed(ClientPreface() + Headers(1, With(GetFields(), "host", "A.example:443")) +
              Headers(3, With(Without(GetFields(), ":authority"), "host", "h.example")));
  EXPECT_THAT(server.transcript().lines(),
              ElementsAre("1 request GET https://a.example/", "1 end",
                          "3 request GET https://h.example/", "3 end"));
  // nghttp2 would pass over a Host that it does not like.
  ExpectStreamError(With(GetFields(), "host", "a.example\"/"));
}

TEST(Http2Translation, X_06_TeIsTrailersAndNothingElse) {
  ServerPeer server;
  bool accepted = false;
  server.on_request = [&](ServerStream&, http::Request& request) {
    accepted = request.trailers_accepted;
  };
  server.Feed(ClientPreface() + Headers(1, With(GetFields(), "te", "trailers")));
  EXPECT_EQ(server.Text(), "1 request GET https://a.example/\n1 end");
  EXPECT_TRUE(accepted);
  for (const char* value : {"trailers, deflate", "gzip", "trailers;q=1", "", "trailers,"}) {
    ExpectStreamError(With(GetFields(), "te", value));
  }
}

TEST(Http2Translation, U_03_ConnectIsRefused) {
  ExpectRejected({{":method", "CONNECT"}, {":authority", "a.example:22"}}, "connect_refused");
  ExpectStreamError(With(GetFields(), ":method", "CONNECT"));
  Fields extended = With(GetFields(), ":method", "CONNECT");
  extended.emplace_back(":protocol", "websocket");
  ExpectStreamError(extended);
}

}  // namespace
}  // namespace firebreak::proxy
