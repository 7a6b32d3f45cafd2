// What concerns one connection only is read and taken out: Connection, Upgrade, and in responses
// and trailers.
#include "http/connection_field.h"

#include <string>

#include "absl/strings/str_cat.h"

#include "gtest/gtest.h"
#include "http/canonical.h"
#include "http/testing.h"

namespace firebreak::http {
namespace {

Request WithConnection(absl::string_view connection, Lines more = {}) {
  Request request = Http1("GET", "/", {{"host", "a"}, {"connection", connection}});
  for (const auto& [name, value] : more) request.headers.Add(name, value);
  return request;
}

TEST(ConnectionField, A_04_WhatItNamesIsTakenOut) {
  Request request = WithConnection("close, X-One ,x-two,,", {{"x-one", "1"},
                                                             {"x-three", "3"},
                                                             {"x-two", "2"},
                                                             {"x-one", "4"},
                                                             {"keep-alive", "timeout=5"},
                                                             {"proxy-connection", "keep-alive"},
                                                             {"te", "trailers"},
                                                             {"trailer", "x-sum"}});
  EXPECT_EQ(CodeOf(request), "");
  EXPECT_EQ(TextOf(request.headers), "x-three: 3|trailer: x-sum");
  EXPECT_TRUE(request.trailers_accepted);
}

TEST(ConnectionField, A_04_EveryLineOfItCounts) {
  Request request = WithConnection(
      "x-one",
      {{"x-one", "1"}, {"connection", "x-two, keep-alive"}, {"x-two", "2"}, {"x-three", "3"}});
  EXPECT_EQ(CodeOf(request), "");
  EXPECT_EQ(TextOf(request.headers), "x-three: 3");
}

TEST(ConnectionField, A_04_ProtectedNamesAreRefused) {
  for (const char* name :
       {"host", "Authorization", "content-length", "TRANSFER-ENCODING", "traceparent",
        "x-forwarded-for", "X-Forwarded-Client-Cert", "x-firebreak-principal", "x-firebreak-x"}) {
    EXPECT_EQ(CodeOf(WithConnection(absl::StrCat("close, ", name))), "connection_names_protected")
        << name;
  }
}

TEST(ConnectionField, A_04_NothingIsDecidedByWhatItTookOut) {
  Request grpc = WithConnection("content-type", {{"content-type", "application/grpc"}});
  EXPECT_EQ(CodeOf(grpc), "");
  EXPECT_FALSE(grpc.grpc);
  Request expect = WithConnection("expect", {{"expect", "100-continue"}});
  EXPECT_EQ(CodeOf(expect), "");
  EXPECT_FALSE(expect.expect_continue);
  Request twice = WithConnection("range", {{"range", "1"}, {"range", "2"}});
  EXPECT_EQ(CodeOf(twice), "");
  EXPECT_TRUE(twice.headers.empty());
}

TEST(ConnectionField, OptionsAreTokensAndFew) {
  for (const char* bad : {"a b", "\"close\"", "close;q=1", "a=b", "caf\xc3\xa9", "(x)"}) {
    EXPECT_EQ(CodeOf(WithConnection(bad)), "connection_option") << bad;
  }
  std::string many = "a";
  for (size_t i = 1; i < kMaxConnectionOptions; ++i) many += ",a";
  EXPECT_EQ(CodeOf(WithConnection(many)), "");
  EXPECT_EQ(CodeOf(WithConnection(many + ",a")), "connection_option");
  EXPECT_EQ(CodeOf(WithConnection(many, {{"connection", "close"}})), "connection_option");
}

Request WebSocket(absl::string_view upgrade, absl::string_view connection) {
  return Http1("GET", "/chat",
               {{"host", "a"},
                {"upgrade", upgrade},
                {"connection", connection},
                {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="},
                {"sec-websocket-version", "13"}});
}

TEST(UpgradeField, WebSocketIsTaken) {
  Request request = WebSocket("WebSocket", "keep-alive, Upgrade");
  EXPECT_EQ(CodeOf(request), "");
  EXPECT_EQ(request.upgrade, Upgrade::kWebsocket);
  EXPECT_EQ(TextOf(request.headers),
            "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==|sec-websocket-version: 13");
}

TEST(UpgradeField, U_01_OtherProtocolsAreRefused) {
  for (const char* protocol : {"h2c", "H2C", "websocket, h2c", "h2c, websocket", "TLS/1.0", "x", "",
                               "websocket/13", "websocket,"}) {
    EXPECT_EQ(CodeOf(WebSocket(protocol, "upgrade")), "upgrade_refused") << protocol;
  }
  Request twice = WebSocket("websocket", "upgrade");
  twice.headers.Add("upgrade", "websocket");
  EXPECT_EQ(CodeOf(twice), "upgrade_refused");
}

TEST(UpgradeField, H2_10_SettingsOfH2cAreRefused) {
  EXPECT_EQ(CodeOf(Http1("GET", "/", {{"host", "a"}, {"http2-settings", "AAMAAABkAAQ"}})),
            "upgrade_refused");
  EXPECT_EQ(CodeOf(Http2("GET", "/", {{"http2-settings", ""}})), "upgrade_refused");
  EXPECT_EQ(CodeOf(WithConnection("http2-settings", {{"http2-settings", "AAMAAABkAAQ"}})),
            "upgrade_refused");
}

TEST(UpgradeField, U_01_HandshakesOutOfOrderAreRefused) {
  EXPECT_EQ(CodeOf(WebSocket("websocket", "close")), "upgrade_refused");
  Request post = WebSocket("websocket", "upgrade");
  post.method = "POST";
  EXPECT_EQ(CodeOf(post), "upgrade_refused");
  Request old = WebSocket("websocket", "upgrade");
  old.version = Version::kHttp10;
  EXPECT_EQ(CodeOf(old), "upgrade_refused");
  Request body = WebSocket("websocket", "upgrade");
  body.content_length = 1;
  EXPECT_EQ(CodeOf(body), "upgrade_refused");
  body = WebSocket("websocket", "upgrade");
  body.chunked = true;
  EXPECT_EQ(CodeOf(body), "upgrade_refused");
  for (const char* name : {"sec-websocket-key", "sec-websocket-version"}) {
    Request without = WebSocket("websocket", "upgrade");
    without.headers.Remove(name);
    EXPECT_EQ(CodeOf(without), "upgrade_refused") << name;
    Request twice = WebSocket("websocket", "upgrade");
    twice.headers.Add(name, "13");
    EXPECT_EQ(CodeOf(twice), "upgrade_refused") << name;
    EXPECT_EQ(CodeOf(WebSocket("websocket", absl::StrCat("upgrade, ", name))), "upgrade_refused");
  }
}

std::string ResponseCode(Lines lines, Response& response) {
  if (response.status == 0) response.status = 200;
  response.headers = MapOf(lines);
  return CodeOf(CanonicaliseResponse(response));
}

std::string ResponseCode(Lines lines, Version version = Version::kHttp11) {
  Response response;
  response.version = version;
  return ResponseCode(lines, response);
}

TEST(CanonicalResponse, LosesWhatConcernsTheConnection) {
  Response response;
  EXPECT_EQ(ResponseCode({{"server", "x"},
                          {"connection", "keep-alive, x-hop"},
                          {"keep-alive", "5"},
                          {"x-hop", "1"},
                          {"upgrade", "websocket"},
                          {"proxy-connection", "close"},
                          {"set-cookie", "a=1"},
                          {"set-cookie", "b=2"},
                          {"x_under", "score"},
                          {"trailer", "x-sum"}},
                         response),
            "");
  EXPECT_EQ(TextOf(response.headers),
            "server: x|set-cookie: a=1|set-cookie: b=2|x_under: score|trailer: x-sum");
}

TEST(CanonicalResponse, H1_11_BadLinesAreABadGateway) {
  for (const char* name : {"", "A", "a b", ":status", "a\r"}) {
    EXPECT_EQ(ResponseCode({{name, "1"}}), "502 !response_header_name") << name;
  }
  EXPECT_EQ(ResponseCode({{"a", "b\r\nc: d"}}), "502 !response_header_value");
  EXPECT_EQ(ResponseCode({{"connection", "a b"}}), "502 response_connection");
  EXPECT_EQ(ResponseCode({{"connection", "content-length"}}), "502 response_connection");
  EXPECT_EQ(ResponseCode({{"connection", "close"}}, Version::kHttp2),
            "502 !response_connection_specific");
}

TEST(CanonicalResponse, H1_11_FramingIsTheCodecs) {
  EXPECT_EQ(ResponseCode({{"content-length", "5"}}), "502 !response_framing_header");
  EXPECT_EQ(ResponseCode({{"transfer-encoding", "chunked"}}), "502 !response_framing_header");
  Response both;
  both.chunked = true;
  both.content_length = 5;
  EXPECT_EQ(ResponseCode({}, both), "502 !response_framing_header");
}

TEST(CanonicalResponse, StatusHasThreeDigits) {
  for (const int status : {100, 204, 599, 999}) {
    Response response;
    response.status = status;
    EXPECT_EQ(ResponseCode({}, response), "");
  }
  for (const int status : {-200, 1, 99, 1000}) {
    Response response;
    response.status = status;
    EXPECT_EQ(ResponseCode({}, response), "502 !response_status");
  }
}

TEST(CanonicalTrailers, H1_13_WhatBelongsIntoHeadersIsDropped) {
  HeaderMap trailers = MapOf({{"content-length", "5"},
                              {"transfer-encoding", "chunked"},
                              {"host", "b"},
                              {"authorization", "Basic x"},
                              {"te", "gzip"},
                              {"grpc-status", "0"},
                              {"cookie", "a=1"},
                              {"set-cookie", "a=1"},
                              {"content-type", "text/html"},
                              {"x-firebreak-principal", "td/ns/a/sa/x"},
                              {"x_firebreak_principal", "td/ns/a/sa/x"},
                              {"x-forwarded-for", "10.0.0.1"},
                              {"x_forwarded_client_cert", "By=x"},
                              {"content_length", "5"},
                              {"x.firebreak.principal", "me"},
                              {"transfer~encoding", "chunked"},
                              {"connection", "x"},
                              {"upgrade", "h2c"},
                              {"grpc-message", "fine"},
                              {"x_own_data", "1"}});
  EXPECT_EQ(CodeOf(CanonicaliseTrailers(trailers)), "");
  EXPECT_EQ(TextOf(trailers), "grpc-status: 0|grpc-message: fine|x_own_data: 1");
}

TEST(CanonicalTrailers, H1_13_BadLinesAreRefused) {
  for (const char* name : {":status", ":path", ":"}) {
    HeaderMap trailers = MapOf({{name, "1"}});
    EXPECT_EQ(CodeOf(CanonicaliseTrailers(trailers)), "!trailer_pseudo_header") << name;
  }
  HeaderMap name = MapOf({{"A", "1"}});
  EXPECT_EQ(CodeOf(CanonicaliseTrailers(name)), "!trailer_name_invalid");
  HeaderMap value = MapOf({{"a", "1\n2"}});
  EXPECT_EQ(CodeOf(CanonicaliseTrailers(value)), "!trailer_value_invalid");
}

}  // namespace
}  // namespace firebreak::http
