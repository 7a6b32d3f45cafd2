// BuildInfo says what a program was built from.
#ifndef FIREBREAK_BASE_BUILD_INFO_H_
#define FIREBREAK_BASE_BUILD_INFO_H_

namespace firebreak {

// "0.1.0 (commit 31d91ed0aa17)"; without a checkout "(commit unknown)". Link firebreak::build_info,
// which is apart from everything else: only it and programs are built again after a commit.
const char* BuildInfo();

}  // namespace firebreak

#endif  // FIREBREAK_BASE_BUILD_INFO_H_
