// Flows as Zeek's JSON logs: conn for connections, http for requests.
#ifndef FIREBREAK_FLOWS_ZEEK_H_
#define FIREBREAK_FLOWS_ZEEK_H_

#include <string>

#include "flows/flow.h"

namespace firebreak::flows {

// AppendZeek appends one JSON object, without a line feed; "_path" says which log it belongs to:
// "conn" or "http", and "reporter" for a LOST line. OPEN, PERIODIC, HEAD and ROLLUP lines become
// nothing, since Zeek writes a connection when it is over. Fields that Zeek does not have bear
// names that it does not have either. docs/FLOWS.md has the table.
void AppendZeek(const Flow& flow, std::string* out);

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_ZEEK_H_
