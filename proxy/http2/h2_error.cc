#include "proxy/http2/h2_error.h"

#include <nghttp2/nghttp2.h>

namespace firebreak::proxy {

uint32_t H2ErrorOf(StreamError error) {
  switch (error) {
    case StreamError::kReset:
    case StreamError::kUncertain:
    case StreamError::kCancelled:
      return NGHTTP2_CANCEL;
    case StreamError::kUnprocessed:
      return NGHTTP2_REFUSED_STREAM;
    case StreamError::kMalformed:
      return NGHTTP2_PROTOCOL_ERROR;
    case StreamError::kLimit:
      return NGHTTP2_ENHANCE_YOUR_CALM;
    case StreamError::kInternal:
      return NGHTTP2_INTERNAL_ERROR;
  }
  return NGHTTP2_INTERNAL_ERROR;
}

absl::string_view H2ErrorName(uint32_t h2_error) {
  switch (h2_error) {
    case NGHTTP2_NO_ERROR:
      return "h2_no_error";
    case NGHTTP2_PROTOCOL_ERROR:
      return "h2_protocol_error";
    case NGHTTP2_INTERNAL_ERROR:
      return "h2_internal_error";
    case NGHTTP2_FLOW_CONTROL_ERROR:
      return "h2_flow_control_error";
    case NGHTTP2_SETTINGS_TIMEOUT:
      return "h2_settings_timeout";
    case NGHTTP2_STREAM_CLOSED:
      return "h2_stream_closed";
    case NGHTTP2_FRAME_SIZE_ERROR:
      return "h2_frame_size_error";
    case NGHTTP2_REFUSED_STREAM:
      return "h2_refused_stream";
    case NGHTTP2_CANCEL:
      return "h2_cancel";
    case NGHTTP2_COMPRESSION_ERROR:
      return "h2_compression_error";
    case NGHTTP2_CONNECT_ERROR:
      return "h2_connect_error";
    case NGHTTP2_ENHANCE_YOUR_CALM:
      return "h2_enhance_your_calm";
    case NGHTTP2_INADEQUATE_SECURITY:
      return "h2_inadequate_security";
    case NGHTTP2_HTTP_1_1_REQUIRED:
      return "h2_http_1_1_required";
    default:
      return "h2_unknown_error";
  }
}

uint32_t H2ErrorOfLibrary(int lib_error) {
  switch (lib_error) {
    case NGHTTP2_ERR_BAD_CLIENT_MAGIC:
      return NGHTTP2_PROTOCOL_ERROR;
    case NGHTTP2_ERR_NOMEM:
      return NGHTTP2_INTERNAL_ERROR;
    default:
      return NGHTTP2_ENHANCE_YOUR_CALM;
  }
}

absl::string_view H2LibraryErrorName(int lib_error) {
  switch (lib_error) {
    case NGHTTP2_ERR_BAD_CLIENT_MAGIC:
      return "h2_preface";
    case NGHTTP2_ERR_FLOODED:
      return "h2_outbound_flood";
    case NGHTTP2_ERR_HTTP_HEADER:
      return "h2_malformed_field";
    case NGHTTP2_ERR_HTTP_MESSAGING:
      return "h2_malformed_message";
    case NGHTTP2_ERR_FLOW_CONTROL:
      return "h2_flow_control_error";
    case NGHTTP2_ERR_REFUSED_STREAM:
      return "h2_refused_stream";
    case NGHTTP2_ERR_STREAM_CLOSED:
      return "h2_stream_closed";
    case NGHTTP2_ERR_PROTO:
      return "h2_protocol_error";
    default:
      return "h2_library_error";
  }
}

}  // namespace firebreak::proxy
