// report SAMPLES [DOCS]: prints the table and says which targets are missed; with DOCS,
// writes it into DOCS/performance.md between the two marks, and the plots beside it.
// report SAMPLES --check: see check.cpp.
#include "report.h"

#include <cstdio>
#include <fstream>
#include <sstream>

namespace {

constexpr char BEGIN[] = "<!-- measured: written by ./bench, from here -->\n";
constexpr char END[] = "<!-- measured: to here -->\n";

void print(Samples const &samples, std::vector<Line> const &lines) {
    int missed = 0, unmeasured = 0;
    for (auto &line : lines) {
        std::printf("%s\n    %s\n    %s: %s\n", line.what.c_str(), line.ours.c_str(), word(line.verdict),
                    line.target.c_str());
        if (!line.peers.empty()) std::printf("    peers: %s\n", line.peers.c_str());
        missed += line.verdict == Verdict::Missed;
        unmeasured += line.verdict == Verdict::Unmeasured;
    }
    for (auto &part : samples.who("core"))
        std::printf("%s: %s\n", part.c_str(), duration(samples.value("core", part)->median).c_str());
    std::printf("\n%d of %zu targets reached, %d missed, %d not measured\n",
                static_cast<int>(lines.size()) - missed - unmeasured, lines.size(), missed, unmeasured);
    for (auto &line : lines)
        if (line.verdict == Verdict::Missed)
            std::printf("MISSED: %s: %s; %s\n", line.what.c_str(), line.ours.c_str(), line.target.c_str());
}

std::string document(Samples const &samples, std::vector<Line> const &lines) {
    std::ostringstream out;
    out << "\n";
    for (auto &[name, value] : samples.facts()) out << "- " << name << ": " << value << "\n";
    out << "\n| what | libwatchdog: median (from..to) | to reach | | the others in the same run: medians |\n"
        << "| --- | --- | --- | --- | --- |\n";
    for (auto &line : lines)
        out << "| " << line.what << " | " << line.ours << " | " << line.target << " | " << word(line.verdict) << " | "
            << line.peers << " |\n";
    out << "\n";
    auto parts = samples.who("core");
    if (!parts.empty()) out << "The parts:\n\n| what | time |\n| --- | --- |\n";
    for (auto &part : parts) out << "| " << part << " | " << duration(samples.value("core", part)->median) << " |\n";
    if (!parts.empty()) out << "\n";
    return out.str();
}

std::string read(std::string const &name) {
    std::ifstream in(name);
    if (!in) fail("cannot read " + name);
    std::ostringstream all;
    all << in.rdbuf();
    return all.str();
}

void write(std::string const &name, std::string const &text) {
    std::ofstream out(name);
    if (!(out << text).flush()) fail("cannot write " + name);
}

void write_docs(std::string const &folder, Samples const &samples, std::vector<Line> const &lines) {
    std::string name = folder + "/performance.md", text = read(name);
    auto begin = text.find(BEGIN), end = text.find(END);
    if (begin == std::string::npos || end == std::string::npos || end < begin) fail("no marks in " + name);
    begin += sizeof BEGIN - 1;
    text.replace(begin, end - begin, document(samples, lines));
    write(name, text);
    write(folder + "/performance-feed.svg", plot_of_feeds(samples));
    write(folder + "/performance-scale.svg", plot_of_scale(samples));
}

} // namespace

int main(int count, char **arguments) {
    if (count < 2) fail("report SAMPLES [DOCS | --check]");
    Samples samples(arguments[1]);
    if (count > 2 && std::string(arguments[2]) == "--check") return check(samples) > 0;
    auto lines = table(samples);
    print(samples, lines);
    if (count > 2) write_docs(arguments[2], samples, lines);
    return 0;
}
