# Third-party libraries: Debian 12 packages, found here and nowhere else. Include directories are
# SYSTEM so that -Werror speaks of our own code only.

find_package(Threads REQUIRED)
find_package(absl REQUIRED)
find_package(Protobuf REQUIRED)
find_package(ZLIB REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBEVENT REQUIRED IMPORTED_TARGET libevent_core)
# 1.52 as Debian has it, with the limits on resets and CONTINUATION ported back; or any from 1.61 on.
pkg_check_modules(NGHTTP2 REQUIRED IMPORTED_TARGET libnghttp2>=1.52)
pkg_check_modules(SPDLOG REQUIRED IMPORTED_TARGET spdlog)
pkg_check_modules(YAMLCPP REQUIRED IMPORTED_TARGET yaml-cpp)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)  # regular expressions of rule packs
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)  # store/
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(BROTLI REQUIRED IMPORTED_TARGET libbrotlidec)
pkg_check_modules(BROTLI_ENCODER REQUIRED IMPORTED_TARGET libbrotlienc)  # tests alone
find_package(benchmark QUIET)  # bench/ alone, and it can do without

# BoringSSL: Debian's shared build, or a newer upstream one (static) named by BORINGSSL_ROOT.
set(BORINGSSL_ROOT "" CACHE PATH "An upstream BoringSSL tree or install; empty: Debian's package")
add_library(boringssl INTERFACE)
# Looked for anew each time: the answers depend on BORINGSSL_ROOT, which may have changed.
unset(BORINGSSL_INCLUDE CACHE)
unset(BORINGSSL_SSL CACHE)
unset(BORINGSSL_CRYPTO CACHE)
if(BORINGSSL_ROOT)
  find_path(BORINGSSL_INCLUDE openssl/ssl.h PATHS "${BORINGSSL_ROOT}/include" NO_DEFAULT_PATH REQUIRED)
  set(hints "${BORINGSSL_ROOT}" "${BORINGSSL_ROOT}/build" "${BORINGSSL_ROOT}/lib")
  find_library(BORINGSSL_SSL NAMES libssl.a PATHS ${hints} NO_DEFAULT_PATH REQUIRED)
  find_library(BORINGSSL_CRYPTO NAMES libcrypto.a PATHS ${hints} NO_DEFAULT_PATH REQUIRED)
  # --exclude-libs keeps SSL_* out of the dynamic symbol table, where a stray OpenSSL would bind to them.
  target_link_options(boringssl INTERFACE -Wl,--exclude-libs,libssl.a:libcrypto.a)
else()
  set(android_lib "/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}/android")
  find_path(BORINGSSL_INCLUDE openssl/is_boringssl.h PATHS /usr/include/android NO_DEFAULT_PATH REQUIRED)
  find_library(BORINGSSL_SSL NAMES ssl PATHS "${android_lib}" NO_DEFAULT_PATH REQUIRED)
  find_library(BORINGSSL_CRYPTO NAMES crypto PATHS "${android_lib}" NO_DEFAULT_PATH REQUIRED)
  target_link_options(boringssl INTERFACE "-Wl,-rpath,${android_lib}")
endif()
target_include_directories(boringssl SYSTEM INTERFACE "${BORINGSSL_INCLUDE}")
target_link_libraries(boringssl INTERFACE "${BORINGSSL_SSL}" "${BORINGSSL_CRYPTO}" Threads::Threads)

# llhttp: Debian's package holds sources and no library; or a newer release named by LLHTTP_ROOT. It is
# strict whatever its header's default is (releases from 9 on know no other mode).
set(LLHTTP_ROOT "" CACHE PATH "A release of llhttp (include/ and src/); empty: Debian's package")
if(LLHTTP_ROOT)
  set(llhttp_include "${LLHTTP_ROOT}/include")
  set(llhttp_sources "${LLHTTP_ROOT}/src")
else()
  set(llhttp_include /usr/share/include/llhttp)
  set(llhttp_sources /usr/share/llhttp)
endif()
add_library(llhttp STATIC EXCLUDE_FROM_ALL
  "${llhttp_sources}/api.c" "${llhttp_sources}/http.c" "${llhttp_sources}/llhttp.c")
target_include_directories(llhttp SYSTEM PUBLIC "${llhttp_include}")
target_compile_definitions(llhttp PUBLIC LLHTTP_STRICT_MODE=1)

# What is shipped links the archives of those that have one: fifty shared libraries are two thirds of
# a start and a quarter of the memory. glibc, libstdc++, BoringSSL and spdlog stay shared.
string(COMPARE EQUAL "${CMAKE_BUILD_TYPE}" Release is_release)
option(FIREBREAK_LINK_ARCHIVES "Link Debian's static libraries where there are such" ${is_release})
function(firebreak_link_archive target)
  foreach(property IMPORTED_LOCATION IMPORTED_LOCATION_NONE IMPORTED_LOCATION_RELEASE INTERFACE_LINK_LIBRARIES)
    get_target_property(libraries ${target} ${property})
    if(libraries)
      set(linked "")
      foreach(library IN LISTS libraries)
        string(REGEX REPLACE "\\.so[.0-9]*$" ".a" archive "${library}")
        if(IS_ABSOLUTE "${archive}" AND EXISTS "${archive}")
          set(library "${archive}")
        endif()
        list(APPEND linked "${library}")
      endforeach()
      set_target_properties(${target} PROPERTIES ${property} "${linked}")
    endif()
  endforeach()
endfunction()
if(FIREBREAK_LINK_ARCHIVES)
  get_directory_property(imported IMPORTED_TARGETS)
  foreach(target IN LISTS imported)
    firebreak_link_archive(${target})
  endforeach()
  # What pkg-config knows to be private to a shared library an archive asks of us.
  find_library(BROTLI_COMMON NAMES libbrotlicommon.a REQUIRED)
  set_property(TARGET PkgConfig::BROTLI PkgConfig::BROTLI_ENCODER APPEND PROPERTY INTERFACE_LINK_LIBRARIES
               "${BROTLI_COMMON}")
endif()

# GoogleTest: built from Debian's source, so that sanitizers see into it and -std matches ours.
set(INSTALL_GTEST OFF CACHE INTERNAL "")
set(BUILD_GMOCK ON CACHE INTERNAL "")
add_subdirectory(/usr/src/googletest "${PROJECT_BINARY_DIR}/googletest" EXCLUDE_FROM_ALL SYSTEM)
include(GoogleTest)
