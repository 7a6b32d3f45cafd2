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
      ElementsAre("path = v1", "path = a'b", "query + q", "query q = 1+1", "query + r",
                  "query r = ", "header user-agent = x", "cookie + s", "cookie s = 1", "cookie + t",
                  "cookie t = \"2\"", "cookie = lone", "header content-type = application/json",
                  "json $ + a", "json $.a = true"));
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

}  // namespace
}  // namespace firebreak::inspect
