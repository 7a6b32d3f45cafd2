#include "inspect/attack/attack.h"

#include "inspect/attack/byte_class.h"
#include "inspect/attack/code.h"
#include "inspect/attack/document.h"
#include "inspect/attack/markup.h"
#include "inspect/attack/object.h"
#include "inspect/attack/path.h"
#include "inspect/attack/probe.h"
#include "inspect/attack/query_language.h"
#include "inspect/attack/script.h"
#include "inspect/attack/shell.h"
#include "inspect/attack/sql.h"
#include "inspect/attack/target.h"
#include "inspect/attack/template.h"

namespace firebreak::inspect {

bool MayHoldAttack(uint32_t classes) {
  constexpr uint32_t kHarmless = kAlphaClass | kDigitClass | kUnderscoreClass | kDashClass;
  return (classes & ~kHarmless) != 0;
}

void FindAttacks(const View& view, absl::string_view original, Scope scope, SqlTokens& tokens,
                 Hits& hits) {
  // Serialised objects come as base64 too: letters and digits alone.
  FindObject(view, original, hits);
  FindPrototype(view, hits);
  FindProbe(view, hits);
  if (!MayHoldAttack(view.classes)) {
    if (scope == Scope::kAll) FindPath(view, hits);  // dots and slashes in hexadecimal
    return;
  }
  FindTemplate(view, hits);
  FindHeaderLine(view, hits);
  if (scope == Scope::kLoggedOnly) return FindFunctionDefinition(view, hits);
  FindSql(view, tokens, hits);
  FindMarkup(view, hits);
  FindAttributes(view, hits);
  FindScript(view, hits);
  FindPath(view, hits);
  FindShell(view, hits);
  FindCode(view, hits);
  FindLdap(view, hits);
  FindXpath(view, hits);
  FindNosql(view, hits);
  FindTarget(view, hits);
  FindDocument(view, hits);
}

}  // namespace firebreak::inspect
