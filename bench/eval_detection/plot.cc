#include "bench/eval_detection/plot.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace firebreak::bench {
namespace {

constexpr double kWidth = 760;
constexpr double kHeight = 440;
constexpr double kLeft = 60;
constexpr double kRight = 190;
constexpr double kTop = 40;
constexpr double kBottom = 50;
constexpr double kLeast = 0.1;
constexpr double kMost = 10'000;

double X(double false_incidents) {
  const double share =
      std::log10(std::clamp(false_incidents, kLeast, kMost) / kLeast) / std::log10(kMost / kLeast);
  return kLeft + share * (kWidth - kLeft - kRight);
}

double Y(double detected) { return kHeight - kBottom - detected * (kHeight - kTop - kBottom); }

std::string Text(double x, double y, const std::string& anchor, const std::string& text) {
  return absl::StrFormat("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y, anchor,
                         text);
}

std::string Line(double x1, double y1, double x2, double y2) {
  return absl::StrFormat(
      "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>\n", x1, y1, x2, y2);
}

}  // namespace

std::string PlotSvg(const std::vector<Curve>& curves, const std::string& title) {
  constexpr std::array<const char*, 6> kColors = {"#c0392b", "#2c3e50", "#2980b9",
                                                  "#27ae60", "#8e44ad", "#d68910"};
  std::string svg = absl::StrFormat(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%%\" height=\"100%%\" "
      "fill=\"white\"/>\n",
      kWidth, kHeight);
  absl::StrAppend(&svg, Text(kLeft, kTop - 16, "start", title));
  for (int tenth = 0; tenth <= 10; tenth += 2) {
    const double y = Y(tenth / 10.0);
    absl::StrAppend(&svg, Line(kLeft, y, kWidth - kRight, y),
                    Text(kLeft - 6, y + 4, "end", absl::StrCat(tenth * 10, " %")));
  }
  for (double x = kLeast; x <= kMost; x *= 10) {
    absl::StrAppend(&svg, Line(X(x), Y(0), X(x), Y(1)),
                    Text(X(x), kHeight - kBottom + 18, "middle",
                         x < kLeast * 1.5 ? "0.1 or less" : absl::StrFormat("%g", x)));
  }
  absl::StrAppend(
      &svg, Text((kLeft + kWidth - kRight) / 2, kHeight - 12, "middle", "false incidents a week"));
  for (size_t i = 0; i < curves.size(); ++i) {
    const char* const color = kColors[i % kColors.size()];
    std::string points;
    for (const auto& [x, y] : curves[i].points)
      absl::StrAppendFormat(&points, "%.1f,%.1f ", X(x), Y(y));
    absl::StrAppendFormat(&svg,
                          "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" "
                          "stroke-width=\"2\"/>\n",
                          points, color);
    for (const auto& [x, y] : curves[i].points) {
      absl::StrAppendFormat(&svg, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\" fill=\"%s\"/>\n", X(x),
                            Y(y), color);
    }
    const double y = kTop + 20 + 20.0 * static_cast<double>(i);
    absl::StrAppendFormat(&svg,
                          "<rect x=\"%.1f\" y=\"%.1f\" width=\"12\" height=\"12\" fill=\"%s\"/>\n",
                          kWidth - kRight + 16, y - 10, color);
    absl::StrAppend(&svg, Text(kWidth - kRight + 34, y, "start", curves[i].name));
  }
  return absl::StrCat(svg, "</svg>\n");
}

}  // namespace firebreak::bench
