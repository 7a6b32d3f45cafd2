#include "filters/inspect/response_part.h"

#include <string>

#include "absl/strings/str_cat.h"

#include "filters/inspect/findings.h"

namespace firebreak::filters {
namespace {

constexpr int kBadGateway = 502;
constexpr absl::string_view kBody = "response";

}  // namespace

void ResponsePart::Interim(const http::Response& response) {
  if (head() != nullptr) head()->LookAt(response);
  LookFor(response.headers);
}

void ResponsePart::Headers(const http::Response& response) {
  Interim(response);
  Begin(response.headers, response.has_body, response.content_length);
}

void ResponsePart::Trailers(const http::HeaderMap& trailers) {
  if (head() != nullptr) head()->LookAtResponseTrailers(trailers);
  LookFor(trailers);
}

void ResponsePart::LookFor(const http::HeaderMap& headers) {
  if (!attacks()) return;
  for (size_t i = 0; i < headers.size(); ++i) {
    const http::HeaderMap::Field header = headers[i];
    const auto tell = [&](inspect::Disclosure disclosure, absl::string_view excerpt) {
      Tell(disclosure, inspect::Place::kHeader, header.name, excerpt);
    };
    inspect::DisclosureScanner scanner;
    scanner.Feed(header.value, tell);
  }
}

void ResponsePart::OnText(absl::string_view text) {
  if (!attacks()) return;
  disclosures_.Feed(text, [this](inspect::Disclosure disclosure, absl::string_view excerpt) {
    Tell(disclosure, inspect::Place::kBytes, kBody, excerpt);
  });
}

// Each counts once, wherever it is: frameworks repeat a header of an interim response in the final
// one. Of a system's file and the like the log holds no more than what tells it.
void ResponsePart::Tell(inspect::Disclosure disclosure, inspect::Place place,
                        absl::string_view name, absl::string_view excerpt) {
  constexpr size_t kShown = 24;
  const auto kind = static_cast<size_t>(disclosure);
  if (told_[kind]) return;
  told_[kind] = inspection().Tell(inspect::DisclosureRule(disclosure), place, name,
                                  std::string(excerpt.substr(0, kShown)));
}

std::optional<Refusal> ResponsePart::refusal() const {
  if (hidden()) {
    return Refusal{kBadGateway, absl::StrCat(inspection().hidden_by()->id, " in the response")};
  }
  if (Blocks(setup().attacks) && inspection().blocks()) {
    return Refusal{kBadGateway, absl::StrCat(WorstOf(inspection())->id, " in the response")};
  }
  if (leaks()) return Refusal{kBadGateway, "FBI-DLP-001 in the response"};
  return std::nullopt;
}

}  // namespace firebreak::filters
