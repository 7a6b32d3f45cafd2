# cmake -DOUT=FILE -DSOURCE=FOLDER -DVERSION=X [-DCOMMIT=Y] -P WriteBuildInfo.cmake
# Writes the source of base/build_info.h. COMMIT is for builds from an archive; otherwise git is
# asked, and where there is none, or no checkout, the commit is "unknown".
if(NOT COMMIT)
  execute_process(COMMAND git -C "${SOURCE}" rev-parse --short=12 HEAD OUTPUT_VARIABLE COMMIT
                  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(failed OR NOT COMMIT MATCHES "^[0-9a-f]+$")
    set(COMMIT "unknown")
  endif()
endif()
file(CONFIGURE OUTPUT "${OUT}" @ONLY CONTENT [[
#include "base/build_info.h"

namespace firebreak {

const char* BuildInfo() { return "@VERSION@ (commit @COMMIT@)"; }

}  // namespace firebreak
]])
