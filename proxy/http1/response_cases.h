// Responses with what a client must make of them, as request_cases.h has it for requests.
#ifndef FIREBREAK_PROXY_HTTP1_RESPONSE_CASES_H_
#define FIREBREAK_PROXY_HTTP1_RESPONSE_CASES_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "proxy/http1/request_cases.h"

namespace firebreak::proxy {

struct ResponseCase {
  absl::string_view id;
  absl::string_view method;  // of the request
  std::string bytes;
  absl::string_view expect;   // the last line of the log
  absl::string_view outcome;  // of the connection
};

inline std::string Ok(absl::string_view fields, absl::string_view body = "") {
  return absl::StrCat("HTTP/1.1 200 OK\r\n", fields, "\r\n", body);
}
inline std::string OkChunked(absl::string_view body) {
  return Ok("Transfer-Encoding: chunked\r\n", body);
}

inline std::vector<ResponseCase> RegularResponses() {
  return {
      // What is right.
      {"", "GET", Ok("Content-Length: 5\r\n", "hello"), "end", "open "},
      {"", "GET", Ok("Content-Length: 0\r\n"), "end", "open "},
      {"", "GET", OkChunked("5;x=y\r\nhello\r\n0\r\nx-sum: 1\r\n\r\n"), "end [x-sum=1]", "open "},
      {"", "GET", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "end", "open "},
      {"", "GET", "HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n", "end", "open "},
      {"", "GET", Ok("Connection: close\r\nContent-Length: 5\r\n", "hello"), "end", "done "},
      {"", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", "end", "done "},
      {"", "GET", Ok("", "until the end"), "data until the end", "draining "},
  };
}

inline std::vector<ResponseCase> FramingResponses() {
  return {

      {"H1-01", "GET", Ok("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
       "failure malformed length_with_chunked", "failed length_with_chunked"},
      {"H1-01", "GET", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "failure malformed transfer_encoding", "failed transfer_encoding"},
      {"H1-02", "GET", Ok("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"),
       "failure malformed duplicate_length", "failed duplicate_length"},
      {"H1-02", "GET", Ok("Content-Length: 5, 5\r\n", "hello"), "failure malformed content_length",
       "failed content_length"},
      {"H1-02", "GET", Ok("Content-Length: 05\r\n", "hello"), "failure malformed content_length",
       "failed content_length"},
      {"H1-02", "GET", Ok("Content-Length: \r\n"), "failure malformed content_length",
       "failed content_length"},
      {"H1-03", "GET", Ok("Transfer-Encoding: gzip, chunked\r\n"),
       "failure malformed transfer_encoding", "failed transfer_encoding"},
      {"H1-03", "GET", Ok("Transfer-Encoding: gzip\r\n"), "failure malformed transfer_encoding",
       "failed transfer_encoding"},
      {"H1-03", "GET", Ok("Transfer-Encoding:\tchunked\r\n"), "failure malformed transfer_encoding",
       "failed transfer_encoding"},
      {"H1-04", "GET", OkChunked("5\nhello\r\n"), "failure malformed bare_lf", "failed bare_lf"},
      {"H1-04", "GET", OkChunked("5 \r\nhello\r\n"), "failure malformed chunk_size",
       "failed chunk_size"},
      {"H1-04", "GET", OkChunked("5\r\nhelloXX"), "failure malformed chunk_end",
       "failed chunk_end"},
  };
}

inline std::vector<ResponseCase> LineResponses() {
  return {
      {"H1-05", "GET", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", "failure malformed bare_lf",
       "failed bare_lf"},
      {"H1-05", "GET", Ok("X-Abc: 1\n"), "failure malformed bare_lf", "failed bare_lf"},
      {"H1-05", "GET", Ok("X-Abc:\rxContent-Length: 5\r\n"), "failure malformed bare_cr",
       "failed bare_cr"},
      {"H1-05", "GET", absl::StrCat("\r\n", Ok("Content-Length: 0\r\n")),
       "failure malformed status_line", "failed status_line"},
      {"H1-06", "GET", Ok("X-Abc : 1\r\n"), "failure malformed header_name_invalid",
       "failed header_name_invalid"},
      {"H1-06", "GET", Ok("X-Abc: 1\r\n 2\r\n"), "failure malformed folded_line",
       "failed folded_line"},
      {"H1-06", "GET", Ok(WithZero("X-Abc: 1", "\r\n")), "failure malformed header_value_invalid",
       "failed header_value_invalid"},
      {"H1-06", "GET", Ok("X-Abc\r\n"), "failure malformed header_line", "failed header_line"},
      {"H1-07", "GET", "HTTP/1.2 200 OK\r\n\r\n", "failure malformed version", "failed version"},
      {"H1-07", "GET", "HTTP/2.0 200 OK\r\n\r\n", "failure malformed status_line",
       "failed status_line"},
      {"H1-07", "GET", "http/1.1 200 OK\r\n\r\n", "failure malformed status_line",
       "failed status_line"},
      {"H1-07", "GET", "ICY 200 OK\r\n\r\n", "failure malformed status_line", "failed status_line"},
      {"H1-07", "GET", "HTTP/1.1 2000 OK\r\n\r\n", "failure malformed status_line",
       "failed status_line"},
      {"H1-07", "GET", "HTTP/1.1 20 OK\r\n\r\n", "failure malformed status_line",
       "failed status_line"},
      {"H1-07", "GET", "HTTP/1.1 099 OK\r\n\r\n", "failure malformed status_line",
       "failed status_line"},
      {"H1-07", "GET", "HTTP/1.1  200 OK\r\n\r\n", "failure malformed status_line",
       "failed status_line"},
  };
}

inline std::vector<ResponseCase> BodilessResponses() {
  std::string flood;
  for (int i = 0; i < 33; ++i) absl::StrAppend(&flood, "HTTP/1.1 103 Early Hints\r\n\r\n");
  return {

      // No body whatever is said of one; what comes in its place is nobody's.
      {"H1-10", "HEAD", Ok("Content-Length: 5\r\n"), "end", "open "},
      {"H1-10", "HEAD", Ok("Transfer-Encoding: chunked\r\n"), "end", "open "},
      {"H1-10", "HEAD", Ok("Content-Length: 5\r\n", "hello"), "end", "failed unsolicited_bytes"},
      {"H1-10", "GET", "HTTP/1.1 204 No Content\r\n\r\n", "end", "open "},
      {"H1-10", "GET", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello", "end",
       "failed unsolicited_bytes"},
      {"H1-10", "GET", "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "end", "failed unsolicited_bytes"},
      {"H1-10", "GET",
       absl::StrCat("HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n",
                    Ok("Content-Length: 0\r\n")),
       "end", "open "},
      {"H1-10", "GET", "HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\nhello",
       "failure malformed status_line", "failed status_line"},
      {"H1-10", "GET", absl::StrCat(flood, Ok("Content-Length: 0\r\n")),
       "failure malformed informational_flood", "failed informational_flood"},
  };
}

inline std::vector<ResponseCase> OutOfStepResponses() {
  const std::string many_fields = ManyFields();
  return {

      // Out of step.
      {"H1-11", "GET", absl::StrCat(Ok("Content-Length: 0\r\n"), Ok("Content-Length: 0\r\n")),
       "end", "failed unsolicited_bytes"},
      {"H1-11", "GET", Ok("Content-Length: 5\r\n", "hello!"), "end", "failed unsolicited_bytes"},
      {"H1-11", "GET", OkChunked("0\r\n\r\nx"), "end", "failed unsolicited_bytes"},
      {"H1-11", "GET", Ok("Connection: close\r\nContent-Length: 0\r\n", "x"), "end", "done "},
      {"H1-11", "GET", Ok(absl::StrCat("X-Abc: ", std::string(70'000, 'a'), "\r\n")),
       "failure malformed header_bytes", "failed header_bytes"},
      {"H1-11", "GET", Ok(many_fields), "failure malformed header_fields", "failed header_fields"},
  };
}

inline std::vector<ResponseCase> OtherResponses() {
  return {

      {"H1-13", "GET", OkChunked("0\r\nContent-Length: 5\r\n\r\n"),
       "failure malformed trailer_framing", "failed trailer_framing"},
      {"H1-13", "GET", OkChunked("0\r\nSet-Cookie: a\r\nx-sum: 1\r\n\r\n"), "end [x-sum=1]",
       "open "},

      {"U-01", "GET", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
       "failure malformed unexpected_switch", "failed unexpected_switch"},
      {"U-03", "GET", Ok("Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 0\r\n"), "end",
       "open "},
  };
}

inline std::vector<ResponseCase> ResponseCases() {
  std::vector<ResponseCase> all;
  for (const auto& cases : {RegularResponses(), FramingResponses(), LineResponses(),
                            BodilessResponses(), OutOfStepResponses(), OtherResponses()}) {
    all.insert(all.end(), cases.begin(), cases.end());
  }
  return all;
}

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP1_RESPONSE_CASES_H_
