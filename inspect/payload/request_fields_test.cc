#include "inspect/payload/request_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "inspect/payload/testing.h"

namespace firebreak::inspect {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(RequestFields, GivesTheWholeRequestInOrder) {
  http::Request request;
  request.method = "POST";
  request.path = "/v1/a%27b/";
  request.query = "q=1%2B1&r";
  request.has_query = true;
  request.headers.Add("user-agent", "x");
  request.headers.Add("cookie", "s=1; t = \"2\";; lone");
  request.headers.Add("content-type", "application/json");
  const StructureLimits limits;
  Recording recording;
  RequestFields fields(limits, recording, recording);
  fields.Headers(request);
  fields.Body("{\"a\"");
  fields.Body(":true}");
  fields.End();
  EXPECT_THAT(
      recording.fields(),
      ElementsAre("path = v1", "path = a'b", "path = v1/a'b/", "query + q", "query q = 1+1",
                  "query + r", "query r = ", "header user-agent = x", "cookie + s", "cookie s = 1",
                  "cookie + t", "cookie t = \"2\"", "cookie = lone",
                  "header content-type = application/json", "json $ + a", "json $.a = true"));
  EXPECT_THAT(recording.oddities(), IsEmpty());
}

TEST(RequestFields, TakesARequestWithoutAnything) {
  http::Request request;
  request.path = "*";
  const StructureLimits limits;
  Recording recording;
  RequestFields fields(limits, recording, recording);
  fields.Headers(request);
  fields.End();
  EXPECT_THAT(recording.fields(), IsEmpty());
}

std::vector<std::string> FieldsOf(const http::Request& request) {
  const StructureLimits limits;
  Recording recording;
  RequestFields fields(limits, recording, recording);
  fields.Headers(request);
  fields.End();
  return recording.fields();
}

TEST(RequestFields, GivesWhatTheApplicationMayPutTogether) {
  http::Request request;
  request.path = "/items/1'%2F**/union/";
  request.query = "id=1'/*&x=2&id=*%2For+2&id=3";
  request.has_query = true;
  request.headers.Add("x-id", "1'/*");
  request.headers.Add("x-other", "y");
  request.headers.Add("x-id", "*/or 2");
  EXPECT_THAT(
      FieldsOf(request),
      ElementsAre("path = items", "path = 1'/**", "path = union", "path = items/1'/**/union/",
                  "query + id", "query id = 1'/*", "query + x", "query x = 2", "query + id",
                  "query id = */or 2", "query + id", "query id = 3", "query id = 1'/*,*/or 2,3",
                  "header x-id = 1'/*", "header x-other = y", "header x-id = */or 2",
                  "header x-id = 1'/*, */or 2"));
}

TEST(RequestFields, GivesUserAndPasswordOfBasic) {
  http::Request request;
  request.path = "/";
  request.headers.Add("authorization", "Basic YWRtaW4nIG9yIDE9MS0tIDp4OnkK");
  EXPECT_THAT(FieldsOf(request),
              ElementsAre("header authorization = Basic YWRtaW4nIG9yIDE9MS0tIDp4OnkK",
                          "header authorization.user = admin' or 1=1-- ",
                          "header authorization.password = x:y\n"));
}

TEST(RequestFields, GivesNamesOfHeadersThatHaveSigns) {
  http::Request request;
  request.path = "/";
  request.headers.Add("`id`", "1");
  request.headers.Add("x-a_b.c", "2");
  EXPECT_THAT(FieldsOf(request),
              ElementsAre("header + `id`", "header `id` = 1", "header x-a_b.c = 2"));
}

TEST(RequestFields, GivesTrailers) {
  const StructureLimits limits;
  Recording recording;
  RequestFields fields(limits, recording, recording);
  fields.Headers(http::Request());
  fields.End();
  http::HeaderMap trailers;
  trailers.Add("x-id", "1' or 2");
  fields.Trailers(trailers);
  EXPECT_THAT(recording.fields(), ElementsAre("header x-id = 1' or 2"));
}

TEST(ResponseFields, GivesHeadersAndBody) {
  http::Response response;
  response.headers.Add("content-type", "application/json");
  const StructureLimits limits;
  Recording recording;
  ResponseFields fields(limits, recording, recording);
  fields.Headers(response);
  fields.Body("[\"x\"]");
  fields.End();
  EXPECT_THAT(recording.fields(),
              ElementsAre("header content-type = application/json", "json $[] = x"));
}

TEST(RequestFields, GivesThePathAsAWholeWhereItIsOneOfTheSystem) {
  http::Request request;
  request.path = "/etc/passwd";
  EXPECT_THAT(FieldsOf(request), ElementsAre("path = etc", "path = passwd", "path = etc/passwd"));
  request.path = "/x/..../etc";
  EXPECT_THAT(FieldsOf(request),
              ElementsAre("path = x", "path = ....", "path = etc", "path = x/..../etc"));
  request.path = "/x/etc/passwd";
  EXPECT_THAT(FieldsOf(request), ElementsAre("path = x", "path = etc", "path = passwd"));
}

}  // namespace
}  // namespace firebreak::inspect
