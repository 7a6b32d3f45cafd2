#include "proxy/http1/request_check.h"

#include "proxy/http/codec.h"
#include "proxy/http1/message_parser.h"

namespace firebreak::proxy {

std::optional<http::Rejection> CodecRefusal(absl::string_view bytes) {
  const CodecOptions options;
  MessageParser parser(MessageKind::kRequest,
                       {.max_head_bytes = static_cast<size_t>(options.max_header_bytes),
                        .max_head_fields = static_cast<size_t>(options.max_header_fields)});
  parser.Begin();
  for (;;) {
    switch (parser.Next(bytes)) {
      case MessageParser::Event::kHead:
      case MessageParser::Event::kData:
        break;
      case MessageParser::Event::kEnd:
        return std::nullopt;
      case MessageParser::Event::kRefused:
        return parser.refusal();
      case MessageParser::Event::kMore:  // there is none
        return http::Rejection{400, "truncated"};
    }
  }
}

}  // namespace firebreak::proxy
