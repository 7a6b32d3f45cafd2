// firebreak-proxy: the sidecar. Options are documented in docs/reference/cli.md.
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/build_info.h"
#include "base/escape.h"
#include "base/log.h"
#include "config/diagnostics.h"
#include "config/proxy_config.h"
#include "proxy/event/file_watch.h"
#include "proxy/event/process.h"
#include "proxy/main/cpu_quota.h"
#include "proxy/main/server.h"

namespace firebreak::proxy {
namespace {

constexpr int kBadInput = 2;
constexpr int kMaxConcurrency = 64;  // as in the configuration

struct Options {
  std::string config_path;
  std::string log_level = "info";
  int concurrency = 0;  // 0: from the configuration, else the CPU quota
  bool validate = false;
};

int Serve(const Options& options) {
  FileWatch config_watch({options.config_path});
  config::Diagnostics diagnostics;
  auto config = config::LoadProxyConfig(options.config_path, &diagnostics);
  std::fputs(diagnostics.Format(/*color=*/false).c_str(), stderr);
  if (!config.has_value()) return kBadInput;
  Loaded loaded;
  if (!LoadFiles(*config, Clock::Real(), &loaded)) return kBadInput;
  if (options.validate) {
    std::printf("%s is valid\n", options.config_path.c_str());
    return 0;
  }
  const int concurrency = options.concurrency > 0
                              ? options.concurrency
                              : config->concurrency.value_or(DefaultConcurrency());
  Server server(*std::move(config), std::move(config_watch), std::move(loaded), concurrency);
  if (const absl::Status status = server.Listen(); !status.ok()) {
    std::fprintf(stderr, "error: %s\n", std::string(status.message()).c_str());
    return kBadInput;
  }
  return server.Run();
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app{"The Firebreak sidecar: mutual TLS, identity-based policy and flow records."};
  app.add_option("--config", options.config_path, "configuration file (YAML)")->required();
  app.add_flag("--validate", options.validate,
               "load everything, report every error and exit: 0 valid, 2 not");
  app.add_option("--concurrency", options.concurrency, "worker threads (default: the CPU quota)")
      ->check(CLI::Range(1, kMaxConcurrency));
  app.add_option("--log-level", options.log_level, "debug, info, warning, error or off");
  app.set_version_flag("--version", std::string("firebreak-proxy ") + BuildInfo());
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 tells of what is unknown only when nothing that is required is missing.
    const std::vector<std::string> unknown = app.remaining();
    if (error.get_exit_code() != 0 && !unknown.empty()) {
      std::fprintf(stderr, "%s: unknown option or argument; see --help\n",
                   PrintableEscaped(unknown.front()).c_str());
      return kBadInput;
    }
    // CLI11 has exit codes of its own; ours are 0 and 2.
    return app.exit(error) == 0 ? 0 : kBadInput;
  }
  LogLevel level = LogLevel::kInfo;
  if (!ParseLogLevel(options.log_level, &level)) {
    std::fprintf(stderr, "--log-level: use debug, info, warning, error or off\n");
    return kBadInput;
  }
  SetLogLevel(level);
  HardenProcess();
  return Serve(options);
}

}  // namespace
}  // namespace firebreak::proxy

int main(int argc, char** argv) { return firebreak::proxy::Main(argc, argv); }
