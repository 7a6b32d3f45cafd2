# Warnings, hardening, sanitizers and ccache: everything that decides how our own code is compiled.

set(FIREBREAK_SANITIZER "" CACHE STRING "address (with undefined), thread, or empty")
option(FIREBREAK_FUZZ "Link fuzzers with libFuzzer (clang only) instead of the corpus replayer" OFF)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_C_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()

include(CheckCXXCompilerFlag)
include(CheckPIESupported)
check_pie_supported()

add_library(firebreak_options INTERFACE)
# A warning stops whoever develops, not whoever builds the programs with a compiler that sees more.
target_compile_options(firebreak_options INTERFACE
  -Wall -Wextra $<$<NOT:$<CONFIG:Release>>:-Werror> -Wshadow -Wformat=2 -Wundef
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual>
  -fno-omit-frame-pointer)
target_include_directories(firebreak_options INTERFACE "${PROJECT_SOURCE_DIR}")
# What nobody calls is not shipped.
target_compile_options(firebreak_options INTERFACE $<$<CONFIG:Release>:-ffunction-sections -fdata-sections>)
target_link_options(firebreak_options INTERFACE $<$<CONFIG:Release>:-Wl,--gc-sections>)

if(FIREBREAK_SANITIZER STREQUAL "address")
  set(sanitize -fsanitize=address,undefined -fno-sanitize-recover=all)
elseif(FIREBREAK_SANITIZER STREQUAL "thread")
  # Without the macro: protobuf's headers would lay their classes out differently than Debian's
  # library, which was built without the sanitizer.
  set(sanitize -fsanitize=thread -U__SANITIZE_THREAD__)
elseif(NOT FIREBREAK_SANITIZER STREQUAL "")
  message(FATAL_ERROR "FIREBREAK_SANITIZER is '${FIREBREAK_SANITIZER}'; use address, thread or nothing")
endif()
if(FIREBREAK_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "FIREBREAK_FUZZ needs clang (CC=clang-14 CXX=clang++-14)")
  endif()
  list(APPEND sanitize -fsanitize=fuzzer-no-link)
endif()

if(sanitize)
  # Sanitizers bring their own allocator and stack checks; fortify would hide what they report.
  add_compile_options(${sanitize})
  add_link_options(${sanitize})
else()
  target_compile_options(firebreak_options INTERFACE
    -fstack-protector-strong -fstack-clash-protection)
  # Control-flow integrity by the processor; x86 only.
  check_cxx_compiler_flag(-fcf-protection=full FIREBREAK_HAS_CF_PROTECTION)
  if(FIREBREAK_HAS_CF_PROTECTION)
    target_compile_options(firebreak_options INTERFACE -fcf-protection=full)
  endif()
  target_compile_definitions(firebreak_options INTERFACE
    _GLIBCXX_ASSERTIONS $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=3>)
  # gcc 12 and clang 16 take the flag as it is; clang 14 refuses zero without a second one.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(firebreak_options INTERFACE -ftrivial-auto-var-init=zero)
  endif()
  add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed)
endif()
