// Macros that return early on a failed absl::Status or absl::StatusOr (Debian's abseil has none).
#ifndef FIREBREAK_BASE_STATUS_H_
#define FIREBREAK_BASE_STATUS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define FB_STATUS_CONCAT_INNER(a, b) a##b
#define FB_STATUS_CONCAT(a, b) FB_STATUS_CONCAT_INNER(a, b)

// FB_RETURN_IF_ERROR(expr): returns from the function when expr is not ok.
#define FB_RETURN_IF_ERROR(expr)           \
  do {                                     \
    absl::Status fb_status = (expr);       \
    if (!fb_status.ok()) return fb_status; \
  } while (false)

// FB_ASSIGN_OR_RETURN(auto x, expr): moves the value of a StatusOr into x, or returns its status.
#define FB_ASSIGN_OR_RETURN(lhs, expr) \
  FB_ASSIGN_OR_RETURN_INNER(FB_STATUS_CONCAT(fb_status_or_, __LINE__), lhs, expr)
#define FB_ASSIGN_OR_RETURN_INNER(var, lhs, expr) \
  auto var = (expr);                              \
  if (!var.ok()) return std::move(var).status();  \
  lhs = *std::move(var)

#endif  // FIREBREAK_BASE_STATUS_H_
