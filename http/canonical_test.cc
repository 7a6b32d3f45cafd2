#include "http/canonical.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "gtest/gtest.h"
#include "http/testing.h"

namespace firebreak::http {
namespace {

Request Get(Lines lines) { return Http2("GET", "/", lines); }

Request Absolute(absl::string_view scheme, absl::string_view authority, absl::string_view path,
                 absl::string_view host) {
  Request request = Http1("GET", path, {{"host", host}});
  request.scheme = std::string(scheme);
  request.authority = std::string(authority);
  return request;
}

TEST(Canonical, TurnsHttp1AndHttp2IntoTheSameRequest) {
  Request one = Http1("GET", "//a/./b%7e?q=%zz",
                      {{"accept", "*/*"}, {"host", "A.example:80"}, {"cookie", "a=1; b=2"}});
  Request two =
      Http2("GET", "/x/../a/b~?q=%zz", {{"accept", "*/*"}, {"cookie", "a=1"}, {"cookie", "b=2"}});
  ASSERT_EQ(CodeOf(one), "");
  ASSERT_EQ(CodeOf(two), "");
  for (const Request& request : {one, two}) {
    EXPECT_EQ(request.scheme, "http");
    EXPECT_EQ(request.authority, "a.example");
    EXPECT_EQ(request.path, "/a/b~");
    EXPECT_TRUE(request.has_query);
    EXPECT_EQ(request.query, "q=%zz");
    EXPECT_EQ(TextOf(request.headers), "accept: */*|cookie: a=1; b=2");
    EXPECT_EQ(request.upgrade, Upgrade::kNone);
    EXPECT_FALSE(request.grpc || request.expect_continue || request.trailers_accepted);
  }
}

TEST(Canonical, TellsAnEmptyQueryFromNone) {
  Request with = Http2("GET", "/a?", {});
  Request without = Http2("GET", "/a", {});
  ASSERT_EQ(CodeOf(with) + CodeOf(without), "");
  EXPECT_TRUE(with.has_query);
  EXPECT_EQ(with.query, "");
  EXPECT_FALSE(without.has_query);
}

TEST(Canonical, H1_07_MethodsAreTokensInCapitals) {
  for (const char* method :
       {"", "GET ", "G\xc3\x89T", "GE\tT", "GET / HTTP/1.1", "GET\r\nX:", "("}) {
    EXPECT_EQ(CodeOf(Http2(method, "/", {})), "!method_invalid") << method;
  }
  EXPECT_EQ(CodeOf(Http2(std::string(33, 'A'), "/", {})), "!method_invalid");
  EXPECT_EQ(CodeOf(Http2(std::string(32, 'A'), "/", {})), "");
  for (const char* method : {"get", "Post", "POSt", "connect"}) {
    EXPECT_EQ(CodeOf(Http2(method, "/", {})), "method_case") << method;
  }
  for (const char* method : {"GET", "M-SEARCH", "PROPFIND", "PURGE"}) {
    EXPECT_EQ(CodeOf(Http2(method, "/", {})), "") << method;
  }
}

TEST(Canonical, U_03_ConnectAndTraceAreRefused) {
  EXPECT_EQ(CodeOf(Http2("TRACE", "/", {})), "405 trace_refused");
  Request request = Http1("CONNECT", "a.example:443", {{"host", "a.example:443"}});
  EXPECT_EQ(CodeOf(request), "405 connect_refused");
  Request pathless;
  pathless.version = Version::kHttp2;
  pathless.method = "CONNECT";
  pathless.authority = "a.example:443";
  EXPECT_EQ(CodeOf(pathless), "405 connect_refused");
}

TEST(Canonical, H1_07_AsteriskIsForOptionsOnly) {
  EXPECT_EQ(CodeOf(Http1("GET", "*", {{"host", "a"}})), "!path_asterisk");
  Request request = Http1("OPTIONS", "*", {{"host", "a"}});
  EXPECT_EQ(CodeOf(request), "");
  EXPECT_EQ(request.path, "*");
  for (const char* target : {"**", "*/", "*?", "/*?a"}) {
    const std::string wanted = target[0] == '/' ? "" : "!path_form";
    EXPECT_EQ(CodeOf(Http2("OPTIONS", target, {})), wanted) << target;
  }
}

TEST(Canonical, H1_07_TargetsOfOtherFormsAreRefused) {
  for (const char* target : {"", "?q", "a.example:443", "a", "%2Fadmin", "//"}) {
    const std::string wanted = absl::string_view(target) == "//" ? "" : "!path_form";
    EXPECT_EQ(CodeOf(Http1("GET", target, {{"host", "a"}})), wanted) << target;
  }
}

TEST(Canonical, H1_07_AbsoluteFormMustNameTheHost) {
  Request request = Absolute("HTTP", "A.example:80", "/x", "a.EXAMPLE");
  EXPECT_EQ(CodeOf(request), "");
  EXPECT_EQ(request.scheme, "http");
  EXPECT_EQ(request.authority, "a.example");
  EXPECT_EQ(CodeOf(Absolute("http", "a.example", "/", "b.example")), "host_mismatch");
  EXPECT_EQ(CodeOf(Absolute("http", "a.example:81", "/", "a.example")), "host_mismatch");
  EXPECT_EQ(CodeOf(Absolute("https", "a.example", "/", "a.example:443")), "");
  EXPECT_EQ(CodeOf(Absolute("http", "u@a.example", "/", "a.example")), "authority_userinfo");
  EXPECT_EQ(CodeOf(Absolute("http", "a.example", "/", "u@a.example")), "authority_userinfo");
  EXPECT_EQ(CodeOf(Absolute("ftp", "a.example", "/", "a.example")), "!scheme_invalid");
  Request no_host = Absolute("http", "a.example", "/", "");
  no_host.headers.Clear();
  EXPECT_EQ(CodeOf(no_host), "missing_host");
}

TEST(Canonical, H1_07_AbsoluteFormMayEndWithItsAuthority) {
  Request request = Absolute("http", "a", "", "a");
  EXPECT_EQ(CodeOf(request), "");
  EXPECT_EQ(request.path, "/");
  Request query = Absolute("http", "a", "?q", "a");
  EXPECT_EQ(CodeOf(query), "");
  EXPECT_EQ(query.path + "?" + query.query, "/?q");
  Request options = Absolute("http", "a", "", "a");
  options.method = "OPTIONS";
  EXPECT_EQ(CodeOf(options), "");
  EXPECT_EQ(options.path, "*");
}

TEST(Canonical, H1_08_ExactlyOneHostOnHttp1) {
  EXPECT_EQ(CodeOf(Http1("GET", "/", {})), "missing_host");
  EXPECT_EQ(CodeOf(Http1("GET", "/", {{"host", "a"}, {"host", "a"}})), "duplicate_host");
  EXPECT_EQ(CodeOf(Http1("GET", "/", {{"host", "a"}, {"host", "b"}})), "duplicate_host");
  EXPECT_EQ(CodeOf(Http1("GET", "/", {{"host", ""}})), "authority_host");
  EXPECT_EQ(CodeOf(Http1("GET", "/", {{"host", "a, a"}})), "authority_host");
  EXPECT_EQ(CodeOf(Http1("GET", "/", {{"host", "a/b"}})), "authority_host");
  EXPECT_EQ(CodeOf(Http1("GET", "/", {{"host", "u:p@a"}})), "authority_userinfo");
  EXPECT_EQ(CodeOf(Http1("GET", "/", {{"host", "a:65536"}})), "authority_port");
  EXPECT_EQ(CodeOf(Http1("GET", "/", {{"host", std::string(256, 'a')}})), "authority_host");
  Request old = Http1("GET", "/", {});
  old.version = Version::kHttp10;
  EXPECT_EQ(CodeOf(old), "missing_host");
}

TEST(Canonical, X_01_NamesAreLowerTokens) {
  for (const char* name : {"", "A", "a b", "a:b", "a\r\nb", "a\n", "caf\xc3\xa9", "a\x7f"}) {
    EXPECT_EQ(CodeOf(Get({{name, "v"}})), "!header_name_invalid") << name;
  }
  EXPECT_EQ(CodeOf(Get({{absl::string_view("a\0b", 3), "v"}})), "!header_name_invalid");
}

TEST(Canonical, X_01_ValuesHoldNoControls) {
  for (const char* value : {"a\r\nb: c", "a\nb", "a\rb", "\x01", "\x7f", " a", "a ", "a\t"}) {
    EXPECT_EQ(CodeOf(Get({{"a", value}})), "!header_value_invalid") << value;
  }
  EXPECT_EQ(CodeOf(Get({{"a", absl::string_view("\0", 1)}})), "!header_value_invalid");
}

TEST(Canonical, A_06_BytesFrom0x80InValuesPass) {
  Request request = Get({{"a", "caf\xe9 \xff"}});
  EXPECT_EQ(CodeOf(request), "");
  EXPECT_EQ(request.headers.Get("a"), "caf\xe9 \xff");
}

TEST(Canonical, X_01_PathsWithControlsAreMalformed) {
  for (const char* path : {"/a b", "/a\r\nb", "/a?b c", "/a?\r\n"}) {
    EXPECT_EQ(CodeOf(Http2("GET", path, {})), "!path_bytes") << path;
  }
}

TEST(Canonical, X_01_FramingFieldsAreRefused) {
  EXPECT_EQ(CodeOf(Get({{"transfer-encoding", "chunked"}})), "!connection_specific_header");
  EXPECT_EQ(CodeOf(Get({{"content-length", "5"}})), "!framing_header");
  EXPECT_EQ(CodeOf(Http1("GET", "/", {{"host", "a"}, {"transfer-encoding", "chunked"}})),
            "!framing_header");
  Request both = Http1("POST", "/", {{"host", "a"}});
  both.content_length = 5;
  both.chunked = true;
  EXPECT_EQ(CodeOf(both), "!framing_header");
}

TEST(Canonical, X_01_ConnectionFieldsAreMalformedInHttp2) {
  for (const char* name :
       {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"}) {
    EXPECT_EQ(CodeOf(Get({{name, "x"}})), "!connection_specific_header") << name;
  }
}

TEST(Canonical, X_02_PseudoHeadersAreNoHeaders) {
  for (const char* name : {":method", ":path", ":authority", ":protocol", ":status", ":"}) {
    EXPECT_EQ(CodeOf(Get({{name, "x"}})), "!pseudo_header") << name;
  }
}

TEST(Canonical, X_02_SchemesAreHttpAndHttps) {
  for (const char* scheme : {"", "HTTP", "Https", "foo", "ftp", "http ", "http:", "ws"}) {
    Request request = Get({});
    request.scheme = scheme;
    EXPECT_EQ(CodeOf(request), "!scheme_invalid") << scheme;
  }
  Request request = Get({});
  request.scheme = "https";
  EXPECT_EQ(CodeOf(request), "");
}

TEST(Canonical, X_03_PathsAreNeverReadAsUris) {
  for (const char* path : {"Service/Method", "", "http://b.example/", "*x", "a", "?x"}) {
    EXPECT_EQ(CodeOf(Http2("GET", path, {})), "!path_form") << path;
  }
  Request request = Http2("GET", "//b.example/admin", {});
  EXPECT_EQ(CodeOf(request), "");
  EXPECT_EQ(request.path, "/b.example/admin");
  EXPECT_EQ(request.authority, "a.example");
  EXPECT_EQ(CodeOf(Http2("GET", "/a#f", {})), "path_fragment");
  EXPECT_EQ(CodeOf(Http2("GET", "/a?b#f", {})), "path_fragment");
  EXPECT_EQ(CodeOf(Http2("GET", "/\xc3\xa9", {})), "path_non_ascii");
}

TEST(Canonical, X_04_AuthorityAndHostAreOne) {
  EXPECT_EQ(CodeOf(Get({{"host", "b.example"}})), "host_mismatch");
  EXPECT_EQ(CodeOf(Get({{"host", "a.example:81"}})), "host_mismatch");
  EXPECT_EQ(CodeOf(Get({{"host", "a.example"}, {"host", "a.example"}})), "duplicate_host");
  EXPECT_EQ(CodeOf(Get({{"host", "a b"}})), "authority_host");
  EXPECT_EQ(CodeOf(Get({{"host", ""}})), "authority_host");
  Request both = Get({{"host", "A.EXAMPLE.:80"}});
  EXPECT_EQ(CodeOf(both), "");
  EXPECT_EQ(both.authority, "a.example");
  EXPECT_FALSE(both.headers.Has("host"));
}

TEST(Canonical, X_04_HostAloneBecomesTheAuthority) {
  Request request = Get({{"host", "B.example"}});
  request.authority.clear();
  EXPECT_EQ(CodeOf(request), "");
  EXPECT_EQ(request.authority, "b.example");
  EXPECT_FALSE(request.headers.Has("host"));
  Request neither = Get({});
  neither.authority.clear();
  EXPECT_EQ(CodeOf(neither), "missing_host");
}

TEST(Canonical, X_06_TeSaysOnlyWhetherTrailersAreAccepted) {
  Request request = Http1("GET", "/", {{"host", "a"}, {"te", "deflate;q=0.5, Trailers"}});
  EXPECT_EQ(CodeOf(request), "");
  EXPECT_TRUE(request.trailers_accepted);
  EXPECT_TRUE(request.headers.empty());
  Request without = Http1("GET", "/", {{"host", "a"}, {"te", "deflate, xtrailers"}});
  EXPECT_EQ(CodeOf(without), "");
  EXPECT_FALSE(without.trailers_accepted);
  Request two = Get({{"te", "trailers"}});
  EXPECT_EQ(CodeOf(two), "");
  EXPECT_TRUE(two.trailers_accepted);
  EXPECT_FALSE(two.headers.Has("te"));
  for (const char* te : {"trailers, deflate", "deflate", "", "gzip;q=1"}) {
    EXPECT_EQ(CodeOf(Get({{"te", te}})), "!te_invalid") << te;
  }
}

TEST(Canonical, A_02_SingletonsOnSeveralLinesAreRefused) {
  for (const char* name :
       {"content-type", "authorization", "x-forwarded-client-cert", "x-firebreak-principal",
        "grpc-timeout", "range", "if-modified-since", "if-unmodified-since", "if-range", "referer",
        "from", "max-forwards", "origin", "proxy-authorization", "expect"}) {
    EXPECT_EQ(CodeOf(Get({{name, "1"}, {"accept", "a"}, {name, "1"}})), "duplicate_header") << name;
  }
  for (const char* name : {"accept", "user-agent", "x-any", "cache-control", "te-x"}) {
    EXPECT_EQ(CodeOf(Get({{name, "1"}, {name, "2"}})), "") << name;
  }
}

TEST(Canonical, A_03_NamesWithUnderscoresAreRefused) {
  for (const char* name : {"x_spiffe_id", "x_forwarded_for", "_", "x-firebreak_principal"}) {
    EXPECT_EQ(CodeOf(Get({{name, "1"}})), "header_underscore") << name;
  }
}

TEST(Canonical, H2_04_CookiesBecomeOneLine) {
  Request request = Get({{"cookie", "a=1"}, {"accept", "x"}, {"cookie", "b=2"}, {"cookie", "c"}});
  EXPECT_EQ(CodeOf(request), "");
  EXPECT_EQ(TextOf(request.headers), "accept: x|cookie: a=1; b=2; c");
  Request empty = Get({{"cookie", ""}, {"cookie", "a=1"}, {"cookie", ""}});
  EXPECT_EQ(CodeOf(empty), "");
  EXPECT_EQ(TextOf(empty.headers), "cookie: a=1");
}

TEST(Canonical, GrpcIsToldAlsoOfARequestThatIsRefused) {
  for (Request request :
       {Http2("POST", "/pkg.Svc/M", {{"content-type", "application/grpc"}, {"a_b", "c"}}),
        Http2("POST", "/%00", {{"content-type", "application/grpc"}})}) {
    EXPECT_NE(CodeOf(request), "");
    EXPECT_TRUE(request.grpc);
  }
}

TEST(Canonical, P_08_GrpcIsToldByItsContentType) {
  for (const char* type : {"application/grpc", "application/grpc+proto", "application/grpc;a=b",
                           "Application/GRPC+json", "application/grpc ;x", "application/grpc, x"}) {
    Request request = Http2("POST", "/pkg.Svc/M", {{"content-type", type}});
    EXPECT_EQ(CodeOf(request), "") << type;
    EXPECT_TRUE(request.grpc) << type;
    EXPECT_EQ(CodeOf(Get({{"content-type", type}})), "grpc_method") << type;
  }
  for (const char* type : {"application/grpc-web", "application/grpc-web+proto", "application/grp",
                           "application/grpcx", "text/application/grpc", ""}) {
    Request request = Http2("POST", "/pkg.Svc/M", {{"content-type", type}});
    EXPECT_EQ(CodeOf(request), "") << type;
    EXPECT_FALSE(request.grpc) << type;
  }
}

TEST(Canonical, H1_10_OnlyOneExpectationIsKnown) {
  Request request = Http1("POST", "/", {{"host", "a"}, {"expect", "100-Continue"}});
  EXPECT_EQ(CodeOf(request), "");
  EXPECT_TRUE(request.expect_continue);
  EXPECT_EQ(TextOf(request.headers), "expect: 100-Continue");
  for (const char* expect : {"", "100-continue,", "100-continue, x", "200-ok", "100-continue;a",
                             "y 100-continue", "100-continue 100-continue"}) {
    EXPECT_EQ(CodeOf(Http1("POST", "/", {{"host", "a"}, {"expect", expect}})),
              "417 expectation_failed")
        << expect;
  }
}

TEST(Canonical, H1_10_ExpectationsOfHttp10AreNone) {
  Request request = Http1("POST", "/", {{"host", "a"}, {"expect", "100-continue"}});
  request.version = Version::kHttp10;
  EXPECT_EQ(CodeOf(request), "");
  EXPECT_FALSE(request.expect_continue);
  EXPECT_TRUE(request.headers.empty());
}

TEST(Canonical, RulesOfPathsApply) {
  EXPECT_EQ(CodeOf(Http2("GET", "/a;b", {})), "path_parameters");
  EXPECT_EQ(CodeOf(Http2("GET", "/a;b", {}), {.allow_parameters = true}), "");
  EXPECT_EQ(CodeOf(Http2("GET", "/a%2fb", {})), "path_escaped_slash");
  EXPECT_EQ(CodeOf(Http2("GET", "/a%2fb", {}), {.allow_escaped_slash = true}), "");
  EXPECT_EQ(CodeOf(Http2("GET", "/?\xc3\xa9", {})), "path_non_ascii");
  EXPECT_EQ(CodeOf(Http2("GET", "/?\xc3\xa9", {}), {.allow_non_ascii = true}), "");
}

}  // namespace
}  // namespace firebreak::http
