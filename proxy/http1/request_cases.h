// Requests with what a server must make of them: one list for the tests by catalogue row and for
// the replay at every split.
#ifndef FIREBREAK_PROXY_HTTP1_REQUEST_CASES_H_
#define FIREBREAK_PROXY_HTTP1_REQUEST_CASES_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace firebreak::proxy {

struct WireCase {
  absl::string_view id;  // row of the catalogue
  std::string bytes;
  absl::string_view expect;  // the last line of the log but the answer: see server_cases_test.cc
};

// A request with these field lines, each with its CRLF, and what follows the head.
inline std::string Get(absl::string_view fields, absl::string_view body = "") {
  return absl::StrCat("GET / HTTP/1.1\r\nHost: h\r\n", fields, "\r\n", body);
}
inline std::string Post(absl::string_view fields, absl::string_view body = "") {
  return absl::StrCat("POST / HTTP/1.1\r\nHost: h\r\n", fields, "\r\n", body);
}
inline std::string Chunked(absl::string_view body) {
  return Post("Transfer-Encoding: chunked\r\n", body);
}
inline std::string WithZero(absl::string_view before, absl::string_view after) {
  return absl::StrCat(before, absl::string_view("\0", 1), after);
}

inline std::string ManyFields() {
  std::string fields;
  for (int i = 0; i < 101; ++i) absl::StrAppend(&fields, "x", i, ": 1\r\n");
  return fields;
}

inline std::vector<WireCase> RegularRequests() {
  return {
      // What is right.
      {"", Get(""), "end"},
      {"", Post("Content-Length: 5\r\n", "hello"), "end"},
      {"", Post("Content-Length: 0\r\n"), "end"},
      {"", Chunked("5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n"), "end"},
      {"", Chunked("000A\r\n0123456789\r\n0\r\nx-sum: 1\r\n\r\n"), "end [x-sum=1]"},
      {"", "GET http://h/a?b HTTP/1.1\r\nHost: h\r\n\r\n", "end"},
      {"", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "end"},
      {"", "GET / HTTP/1.0\r\nHost: h\r\n\r\n", "end"},
      {"", Get("Empty:\r\nTabs:\t a\tb \t\r\nHigh: \x80\xff\r\n"), "end"},
  };
}

inline std::vector<WireCase> LengthWithChunkedRequests() {
  return {

      // Length and chunked together.
      {"H1-01", Post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
       "rejection 400 length_with_chunked"},
      {"H1-01", Post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
       "rejection 400 length_with_chunked"},
      {"H1-01", Post("Transfer-Encoding: unknown\r\nContent-Length: 5\r\n", "hello"),
       "rejection 400 transfer_encoding"},
      {"H1-01", Post("Transfer-Encoding: identity\r\nContent-Length: 5\r\n", "hello"),
       "rejection 400 transfer_encoding"},
      {"H1-01", "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "rejection 400 transfer_encoding"},
  };
}

inline std::vector<WireCase> LengthRequests() {
  return {

      // Lengths.
      {"H1-02", Post("Content-Length: 5,5\r\n", "hello"), "rejection 400 content_length"},
      {"H1-02", Post("Content-Length: 5, 6\r\n", "hello"), "rejection 400 content_length"},
      {"H1-02", Post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"),
       "rejection 400 duplicate_length"},
      {"H1-02", Post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"),
       "rejection 400 duplicate_length"},
      {"H1-02", Post("Content-Length: +5\r\n", "hello"), "rejection 400 content_length"},
      {"H1-02", Post("Content-Length: -5\r\n", "hello"), "rejection 400 content_length"},
      {"H1-02", Post("Content-Length: 0x5\r\n", "hello"), "rejection 400 content_length"},
      {"H1-02", Post("Content-Length: 05\r\n", "hello"), "rejection 400 content_length"},
      {"H1-02", Post("Content-Length: 00\r\n"), "rejection 400 content_length"},
      {"H1-02", Post("Content-Length: 1_0\r\n", "0123456789"), "rejection 400 content_length"},
      {"H1-02", Post("Content-Length: 5.0\r\n", "hello"), "rejection 400 content_length"},
      {"H1-02", Post("Content-Length:\r\n"), "rejection 400 content_length"},
      {"H1-02", Post("Content-Length: 1 0\r\n", "0123456789"), "rejection 400 content_length"},
      {"H1-02", Post("Content-Length: \"5\"\r\n", "hello"), "rejection 400 content_length"},
      {"H1-02", Post("Content-Length: 9223372036854775808\r\n"), "rejection 400 content_length"},
      {"H1-02", Post("Content-Length: 18446744073709551616\r\n"), "rejection 400 content_length"},
      {"H1-02", Post("Content-Length: 18446744073709551621\r\n"), "rejection 400 content_length"},
  };
}

inline std::vector<WireCase> CodingRequests() {
  return {

      // Transfer codings.
      {"H1-03", Post("Transfer-Encoding: ,chunked\r\n"), "rejection 400 transfer_encoding"},
      {"H1-03", Post("Transfer-Encoding: chunked,\r\n"), "rejection 400 transfer_encoding"},
      {"H1-03", Post("Transfer-Encoding: xchunked\r\n"), "rejection 400 transfer_encoding"},
      {"H1-03", Post("Transfer-Encoding: chunkedx\r\n"), "rejection 400 transfer_encoding"},
      {"H1-03", Post("Transfer-Encoding: chunked, gzip\r\n"), "rejection 400 transfer_encoding"},
      {"H1-03", Post("Transfer-Encoding: gzip, chunked\r\n"), "rejection 400 transfer_encoding"},
      {"H1-03", Post("Transfer-Encoding: chunked, chunked\r\n"), "rejection 400 transfer_encoding"},
      {"H1-03", Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
       "rejection 400 transfer_encoding"},
      {"H1-03", Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
       "rejection 400 transfer_encoding"},
      {"H1-03", Post("Transfer-Encoding: chunked;q=1\r\n"), "rejection 400 transfer_encoding"},
      {"H1-03", Post("Transfer-Encoding: \"chunked\"\r\n"), "rejection 400 transfer_encoding"},
      {"H1-03", Post("Transfer-Encoding: 'chunked'\r\n"), "rejection 400 transfer_encoding"},
      {"H1-03", Post("Transfer-Encoding:\tchunked\r\n"), "rejection 400 transfer_encoding"},
      {"H1-03", Post("Transfer-Encoding: chunked\t\r\n"), "rejection 400 transfer_encoding"},
      {"H1-03",
       Post("Transfer-Encoding: \x0b"
            "chunked\r\n"),
       "rejection 400 header_value_invalid"},
      {"H1-03", Post("Transfer-Encoding: chunked\x0c\r\n"), "rejection 400 header_value_invalid"},
      {"H1-03",
       Post("Transfer-Encoding: \xa0"
            "chunked\r\n"),
       "rejection 400 transfer_encoding"},
      {"H1-03", Post("Transfer-Encoding: chunked\x85\r\n"), "rejection 400 transfer_encoding"},
      {"H1-03", Post(WithZero("Transfer-Encoding: chunked", "\r\n")),
       "rejection 400 header_value_invalid"},
      {"H1-03", Post("Transfer-Encoding:\r\n chunked\r\n"), "rejection 400 transfer_encoding"},
      {"H1-03", Post("Transfer-Encoding: identity\r\n"), "rejection 400 transfer_encoding"},
      {"H1-03", Post("Transfer-Encoding :chunked\r\n"), "rejection 400 header_name_invalid"},
      {"H1-03", Post("Transfer-Encoding: CHUNKED\r\n", "1\r\na\r\n0\r\n\r\n"), "end"},
  };
}

inline std::vector<WireCase> ChunkRequests() {
  std::string many_extensions;
  for (int i = 0; i < 100; ++i) {
    absl::StrAppend(&many_extensions, "1;", std::string(200, 'e'), "\r\na\r\n");
  }
  return {

      // Chunks.
      {"H1-04", Chunked("5\nhello\r\n0\r\n\r\n"), "failure malformed bare_lf"},
      {"H1-04", Chunked("5\rhello\r\n0\r\n\r\n"), "failure malformed bare_cr"},
      {"H1-04", Chunked("5;\nhello\r\n0\r\n\r\n"), "failure malformed bare_lf"},
      {"H1-04", Chunked("5;\r\nhello\r\n0\r\n\r\n"), "failure malformed chunk_extension"},
      {"H1-04", Chunked("5;a\rb\r\nhello\r\n0\r\n\r\n"), "failure malformed bare_cr"},
      {"H1-04", Chunked("5;a\x01\r\nhello\r\n0\r\n\r\n"), "failure malformed chunk_extension"},
      {"H1-04", Chunked("0x5\r\nhello\r\n0\r\n\r\n"), "failure malformed chunk_size"},
      {"H1-04", Chunked("+5\r\nhello\r\n0\r\n\r\n"), "failure malformed chunk_size"},
      {"H1-04", Chunked("-5\r\nhello\r\n0\r\n\r\n"), "failure malformed chunk_size"},
      {"H1-04", Chunked("5 \r\nhello\r\n0\r\n\r\n"), "failure malformed chunk_size"},
      {"H1-04", Chunked(" 5\r\nhello\r\n0\r\n\r\n"), "failure malformed chunk_size"},
      {"H1-04", Chunked("5 ;a\r\nhello\r\n0\r\n\r\n"), "failure malformed chunk_size"},
      {"H1-04", Chunked("\r\n"), "failure malformed chunk_size"},
      {"H1-04", Chunked("g\r\n"), "failure malformed chunk_size"},
      {"H1-04", Chunked("8000000000000000\r\n"), "failure malformed chunk_size"},
      {"H1-04", Chunked("10000000000000000\r\n"), "failure malformed chunk_size"},
      {"H1-04", Chunked("00000000000000005\r\nhello\r\n0\r\n\r\n"), "failure malformed chunk_size"},
      {"H1-04", Chunked("5\r\nhello0\r\n\r\n"), "failure malformed chunk_end"},
      {"H1-04", Chunked("5\r\nhelloXX0\r\n\r\n"), "failure malformed chunk_end"},
      {"H1-04", Chunked("5\r\nhello\n0\r\n\r\n"), "failure malformed chunk_end"},
      {"H1-04", Chunked("5\r\nhello\r0\r\n\r\n"), "failure malformed bare_cr"},
      {"H1-04", Chunked("0\n\r\n"), "failure malformed bare_lf"},
      {"H1-04", Chunked("0\r\n\n"), "failure malformed bare_lf"},
      {"H1-04", Chunked(absl::StrCat("5;", std::string(300, 'e'), "\r\nhello\r\n0\r\n\r\n")),
       "failure malformed chunk_extension"},
      {"H1-04", Chunked(absl::StrCat(many_extensions, "0\r\n\r\n")),
       "failure malformed chunk_extension"},
  };
}

inline std::vector<WireCase> LineEndRequests() {
  return {

      // Ends of lines and of heads.
      {"H1-05", "GET / HTTP/1.1\nHost: h\n\n", "rejection 400 bare_lf"},
      {"H1-05", "GET / HTTP/1.1\nHost: h\r\n\r\n", "rejection 400 bare_lf"},
      {"H1-05", "GET / HTTP/1.1\r\nHost: h\n\r\n", "rejection 400 bare_lf"},
      {"H1-05", "GET / HTTP/1.1\r\nHost: h\r\n\n", "rejection 400 bare_lf"},
      {"H1-05", "GET / HTTP/1.1\r\nHost: h\r\n\rX", "rejection 400 bare_cr"},
      {"H1-05", "GET / HTTP/1.1\rHost: h\r\n\r\n", "rejection 400 bare_cr"},
      {"H1-05", Get("X-Abc:\rxTransfer-Encoding: chunked\r\n"), "rejection 400 bare_cr"},
      {"H1-05", Get("X-Abc: a\rb\r\n"), "rejection 400 bare_cr"},
      {"H1-05", Get("X-Abc: a\r\r\n"), "rejection 400 bare_cr"},
      {"H1-05", Get("X-Abc: a\nb: c\r\n"), "rejection 400 bare_lf"},
      {"H1-05", absl::StrCat("\r\n", Get("")), "end"},
      {"H1-05", absl::StrCat("\r\n\r\n", Get("")), "rejection 400 method_invalid"},
      {"H1-05", absl::StrCat("\n", Get("")), "rejection 400 method_invalid"},
      {"H1-05", absl::StrCat("\r", Get("")), "rejection 400 bare_cr"},
  };
}

inline std::vector<WireCase> FieldRequests() {
  const std::string long_value(70'000, 'a');
  const std::string many_fields = ManyFields();
  return {

      // Header names and values.
      {"H1-06", Get("X-Abc : 1\r\n"), "rejection 400 header_name_invalid"},
      {"H1-06", Get("X-Abc\t: 1\r\n"), "rejection 400 header_name_invalid"},
      {"H1-06", Get(": 1\r\n"), "rejection 400 header_name_invalid"},
      {"H1-06", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", "rejection 400 folded_line"},
      {"H1-06", Get("X-Abc: 1\r\n 2\r\n"), "rejection 400 folded_line"},
      {"H1-06", Get("X-Abc: 1\r\n\t2\r\n"), "rejection 400 folded_line"},
      {"H1-06", Get("X-Abc: 1\r\n \r\n"), "rejection 400 folded_line"},
      {"H1-06", Get(WithZero("X-Abc: 1", "2\r\n")), "rejection 400 header_value_invalid"},
      {"H1-06", Get("X-Abc: \x01\r\n"), "rejection 400 header_value_invalid"},
      {"H1-06", Get("X-Abc: \x7f\r\n"), "rejection 400 header_value_invalid"},
      {"H1-06", Get("X(Abc): 1\r\n"), "rejection 400 header_name_invalid"},
      {"H1-06", Get("X\x80: 1\r\n"), "rejection 400 header_name_invalid"},
      {"H1-06", Get(WithZero("X", ": 1\r\n")), "rejection 400 header_name_invalid"},
      {"H1-06", Get("X-Abc\r\n"), "rejection 400 header_line"},
      {"H1-06", Get(absl::StrCat("X-Abc: ", long_value, "\r\n")), "rejection 431 header_bytes"},
      {"H1-06", Get(many_fields), "rejection 431 header_fields"},
  };
}

inline std::vector<WireCase> RequestLines() {
  const std::string long_target(17'000, 'a');
  return {

      // Request lines.
      {"H1-07", "G@T / HTTP/1.1\r\nHost: h\r\n\r\n", "rejection 400 method_invalid"},
      {"H1-07", "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n", "rejection 400 method_invalid"},
      {"H1-07", " GET / HTTP/1.1\r\nHost: h\r\n\r\n", "rejection 400 method_invalid"},
      {"H1-07", "NOTAMETHOD / HTTP/1.1\r\nHost: h\r\n\r\n", "rejection 501 method_unknown"},
      {"H1-07", "get / HTTP/1.1\r\nHost: h\r\n\r\n", "rejection 501 method_unknown"},
      {"H1-07", "AVERYLONGMETHODINDEEDIS / HTTP/1.1\r\nHost: h\r\n\r\n",
       "rejection 400 method_invalid"},
      {"H1-07", "GET / HTTP/1.32\r\nHost: h\r\n\r\n", "rejection 400 version"},
      {"H1-07", "GET / HTTP/1.2\r\nHost: h\r\n\r\n", "rejection 400 version"},
      {"H1-07", "GET / HTTP/0.9\r\nHost: h\r\n\r\n", "rejection 400 version"},
      {"H1-07", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", "rejection 505 version"},
      {"H1-07", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "rejection 505 version"},
      {"H1-07", "GET / http/1.1\r\nHost: h\r\n\r\n", "rejection 400 version"},
      {"H1-07", "GET / HTTP/1.1 \r\nHost: h\r\n\r\n", "rejection 400 request_line"},
      {"H1-07", "SOURCE / ICE/1.0\r\nHost: h\r\n\r\n", "rejection 400 version"},
      {"H1-07", "GET /\r\nHost: h\r\n\r\n", "rejection 400 request_line"},
      {"H1-07", "GET / \r\nHost: h\r\n\r\n", "rejection 400 version"},
      {"H1-07", "GET\r\n\r\n", "rejection 400 method_invalid"},
      {"H1-07", "GET HTTP/1.1\r\nHost: h\r\n\r\n", "rejection 400 request_line"},
      {"H1-07", "GET  HTTP/1.1\r\nHost: h\r\n\r\n", "rejection 400 request_line"},
      {"H1-07", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", "rejection 400 request_line"},
      {"H1-07", "GET /  HTTP/1.1\r\nHost: h\r\n\r\n", "rejection 400 request_line"},
      {"H1-07", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", "rejection 400 request_line"},
      {"H1-07", "GET /\ta HTTP/1.1\r\nHost: h\r\n\r\n", "rejection 400 request_target"},
      {"H1-07", WithZero("GET /", " HTTP/1.1\r\nHost: h\r\n\r\n"), "rejection 400 request_target"},
      {"H1-07", "GET http://other/ HTTP/1.1\r\nHost: h\r\n\r\n", "rejection 400 *"},
      {"H1-07", "GET * HTTP/1.1\r\nHost: h\r\n\r\n", "rejection 400 *"},
      {"H1-07", "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", "rejection 400 *"},
      {"H1-07", "GET path HTTP/1.1\r\nHost: h\r\n\r\n", "rejection 400 *"},
      {"H1-07", absl::StrCat("GET /", long_target, " HTTP/1.1\r\nHost: h\r\n\r\n"),
       "rejection 414 target_too_long"},
      {"H1-07", absl::StrCat("GET /", long_target, long_target), "rejection 414 target_too_long"},
      {"H1-07", "\x16\x03\x01\x02", "rejection 400 method_invalid"},
  };
}

inline std::vector<WireCase> HostRequests() {
  return {

      // Host.
      {"H1-08", "GET / HTTP/1.1\r\n\r\n", "rejection 400 *"},
      {"H1-08", Get("Host: h\r\n"), "rejection 400 *"},
      {"H1-08", Get("Host: i\r\n"), "rejection 400 *"},
      {"H1-08", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "rejection 400 *"},
      {"H1-08", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "rejection 400 *"},
      {"H1-08", "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", "rejection 400 *"},
      {"H1-08", "GET / HTTP/1.1\r\nHost: h/p\r\n\r\n", "rejection 400 *"},
      {"H1-08", "GET http://h:81/ HTTP/1.1\r\nHost: h:82\r\n\r\n", "rejection 400 *"},
      {"H1-08", absl::StrCat("GET / HTTP/1.1\r\nHost: ", std::string(300, 'h'), "\r\n\r\n"),
       "rejection 400 *"},
  };
}

inline std::vector<WireCase> ExpectRequests() {
  return {

      // Expectations, and bodies where none are usual.
      {"H1-10", Post("Expect: 200-maybe\r\nContent-Length: 5\r\n", "hello"), "rejection 417 *"},
      {"H1-10", Get("Content-Length: 5\r\n", "hello"), "end"},
      {"H1-10", "HEAD / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello", "end"},
      {"H1-10", "OPTIONS / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello", "end"},
  };
}

inline std::vector<WireCase> TrailerRequests() {
  const std::string long_value(70'000, 'a');
  const std::string many_fields = ManyFields();
  return {

      // Trailers.
      {"H1-13", Chunked("0\r\nContent-Length: 5\r\n\r\n"), "failure malformed trailer_framing"},
      {"H1-13", Chunked("0\r\nTransfer-Encoding: chunked\r\n\r\n"),
       "failure malformed trailer_framing"},
      {"H1-13",
       Chunked("0\r\nHost: x\r\nAuthorization: x\r\nTE: x\r\n"
               "X-Forwarded-Client-Cert: x\r\nx-sum: 1\r\n\r\n"),
       "end [x-sum=1]"},
      {"H1-13", Chunked("0\r\nX-Abc : 1\r\n\r\n"), "failure malformed header_name_invalid"},
      {"H1-13", Chunked("0\r\nX-Abc: 1\r\n 2\r\n\r\n"), "failure malformed folded_line"},
      {"H1-13", Chunked(absl::StrCat("0\r\n", many_fields, "\r\n")),
       "failure malformed header_fields"},
      {"H1-13", Chunked(absl::StrCat("0\r\nx: ", long_value, "\r\n\r\n")),
       "failure malformed header_bytes"},
  };
}

inline std::vector<WireCase> UpgradeRequests() {
  return {

      // Upgrades and CONNECT.
      {"U-01", Get("Connection: upgrade\r\nUpgrade: unknown\r\n"), "rejection 400 *"},
      {"U-01", Get("Connection: upgrade\r\nUpgrade: h2c\r\n"), "rejection 400 *"},
      {"U-03", "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n", "rejection 405 *"},
      {"U-03", "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\nContent-Length: 5\r\n\r\nhello",
       "rejection 405 *"},
      {"U-03", "CONNECT / HTTP/1.1\r\nHost: h\r\n\r\n", "rejection 405 *"},
  };
}

inline std::vector<WireCase> RequestCases() {
  std::vector<WireCase> all;
  for (const auto& cases :
       {RegularRequests(), LengthWithChunkedRequests(), LengthRequests(), CodingRequests(),
        ChunkRequests(), LineEndRequests(), FieldRequests(), RequestLines(), HostRequests(),
        ExpectRequests(), TrailerRequests(), UpgradeRequests()}) {
    all.insert(all.end(), cases.begin(), cases.end());
  }
  return all;
}

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP1_REQUEST_CASES_H_
