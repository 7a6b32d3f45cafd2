// A small drawing of detection against false alarms.
#ifndef FIREBREAK_BENCH_EVAL_DETECTION_PLOT_H_
#define FIREBREAK_BENCH_EVAL_DETECTION_PLOT_H_

#include <string>
#include <vector>

namespace firebreak::bench {

struct Curve {
  std::string name;
  // False incidents a week, and the share of attacks detected, 0 to 1.
  std::vector<std::pair<double, double>> points;
};

// PlotSvg draws the curves over a logarithmic axis of false incidents a week; what is below a tenth
// is drawn at a tenth.
std::string PlotSvg(const std::vector<Curve>& curves, const std::string& title);

}  // namespace firebreak::bench

#endif  // FIREBREAK_BENCH_EVAL_DETECTION_PLOT_H_
