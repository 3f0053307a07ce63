// The table: what was measured, against what is to be reached.
#include "report.h"

#include <functional>

namespace {

std::string const US = "libwatchdog";

using Print = std::function<std::string(double)>;
using Judge = std::function<Verdict(double)>;

Judge at_most(double target, double stretch = -1) {
    return [=](double value) {
        return value <= stretch ? Verdict::Stretch : value <= target ? Verdict::Reached : Verdict::Missed;
    };
}

Judge at_least(double target, double stretch) {
    return [=](double value) {
        return value >= stretch ? Verdict::Stretch : value >= target ? Verdict::Reached : Verdict::Missed;
    };
}

// "0.41 (0.40..0.45)"
std::string text(Spread const &spread, Print const &print) {
    std::string median = print(spread.median), least = print(spread.least), most = print(spread.most);
    return least == most ? median : median + " (" + least + ".." + most + ")";
}

class Writer {
  public:
    explicit Writer(Samples const &samples) : samples_(samples) {}

    // A row judged by the ratio to its base, told with the value too.
    void ratio(std::string what, std::string row, std::string base, std::string target, Judge judge,
               Print value = duration) {
        auto ratio = samples_.ratio(row, US), raw = samples_.value(row, US);
        if (!ratio) return add(what, "", target, Verdict::Unmeasured, "");
        std::string peers = others(row, [&](std::string const &who) {
            auto its = samples_.ratio(row, who);
            return its ? number(its->median) : value(samples_.value(row, who)->median);
        });
        add(what, text(*ratio, number) + " of " + base + "; " + value(raw->median), target, judge(ratio->median),
            peers);
    }

    // A row judged by its value.
    void value(std::string what, std::string row, std::string target, Judge judge, Print print) {
        auto value = samples_.value(row, US);
        if (!value) return add(what, "", target, Verdict::Unmeasured, "");
        add(what, text(*value, print), target, judge(value->median), medians(row, print));
    }

    // What must never be: the worst round decides.
    void none(std::string what, std::string row, Print print) {
        auto value = samples_.value(row, US);
        if (!value) return add(what, "", "0", Verdict::Unmeasured, "");
        add(what, text(*value, print), "0", at_most(0)(value->most), medians(row, print));
    }

    std::string medians(std::string const &row, Print print) {
        return others(row, [&](std::string const &who) { return print(samples_.value(row, who)->median); });
    }

    std::string others(std::string const &row, std::function<std::string(std::string const &)> tell) {
        std::string all;
        for (auto &who : samples_.who(row))
            if (who != US) all += (all.empty() ? "" : "; ") + who + " " + tell(who);
        return all;
    }

    void add(std::string what, std::string ours, std::string target, Verdict verdict, std::string peers) {
        lines.push_back({what, ours.empty() ? "not measured" : ours, target, verdict, peers});
    }

    std::vector<Line> lines;

  private:
    Samples const &samples_;
};

std::string plain(double value) { return number(value); }
std::string bytes(double value) { return number(value) + " B"; }
std::string percent(double value) { return number(value) + " %"; }
std::string million_a_second(double value) { return number(value) + " M/s"; }
std::string kilobytes(double value) { return number(value / 1000) + " KB"; }

void in_turn(Samples const &samples, Writer &writer) {
    auto ours = samples.value("in_turn", US);
    double best = 1e300;
    // Those that two threads may use; the clocks watch nothing.
    for (auto who : {"mutex and condvar", "deadline swap", "timerfd"})
        if (auto its = samples.value("in_turn", who)) best = std::min(best, its->median);
    std::string target = "less than every thread-safe peer";
    if (!ours || best > 1e299) return writer.add("4096 fed in turn", "", target, Verdict::Unmeasured, "");
    writer.add("4096 fed in turn", text(*ours, duration), target,
               ours->median < best ? Verdict::Reached : Verdict::Missed, writer.medians("in_turn", duration));
}

void threads(Samples const &samples, Writer &writer) {
    auto few = samples.value("threads@1", US), many = samples.value("threads@1000000", US);
    if (!few || !many) return writer.add("threads", "", "a constant few", Verdict::Unmeasured, "");
    std::string ours = number(few->median) + " for 1, " + number(many->median) + " for 1 000 000";
    writer.add("threads", ours, "a constant few", many->most <= 16 ? Verdict::Reached : Verdict::Missed,
               "mutex and condvar one each");
}

void library(Samples const &samples, Writer &writer) {
    writer.value("stripped library", "size", "at most 450 KB", at_most(450'000), kilobytes);
    std::string needed = samples.fact("needed");
    Verdict verdict = needed.empty() ? Verdict::Unmeasured : Verdict::Reached;
    std::string rest = needed;
    for (std::string known : {"libgcc_s.so.1", "libc.so.6", "ld-linux-x86-64.so.2"}) {
        auto at = rest.find(known);
        if (at != std::string::npos) rest.erase(at, known.size());
    }
    if (rest.find_first_not_of(' ') != std::string::npos) verdict = Verdict::Missed;
    writer.add("needs", needed, "libc and libgcc_s only", verdict, "");
}

} // namespace

std::vector<Line> table(Samples const &samples) {
    Writer writer(samples);
    writer.ratio("feed, one thread", "feed", "a clock_gettime", "at most 0.55, stretch 0.5", at_most(0.55, 0.5));
    writer.ratio("feed, two threads, a watchdog each", "two_apart", "one thread's", "at most 1.1", at_most(1.1));
    writer.ratio("feed, two threads, one watchdog", "two_together", "one thread's", "at most 1.2", at_most(1.2));
    in_turn(samples, writer);
    writer.value("create and start, at 1 000 000", "create@1000000", "at most 300 ns", at_most(300), duration);
    writer.value("free, at 1 000 000", "free@1000000", "at most 300 ns", at_most(300), duration);
    writer.value("memory a watchdog, at 1 000 000, without the 8 B of the pointer to it", "bytes@1000000",
                 "at most 128 B", at_most(128), bytes);
    threads(samples, writer);
    writer.none("1 000 000 fed every second: fire although fed", "million_fires", plain);
    writer.value("the same: the library's threads, of a core", "million_cpu", "at most 5 %", at_most(5), percent);
    writer.value("idle: wake-ups in 5 s, fed 1000 times a second", "idle", "0", at_most(0), plain);
    writer.ratio("lateness, median", "late_p50", "a sleep's", "at most 1.5", at_most(1.5));
    writer.ratio("lateness, 99th in 100", "late_p99", "a sleep's", "at most 2", at_most(2));
    writer.none("early callbacks", "early", plain);
    writer.ratio("the others' 99th in 100 while 1 callback blocks", "blocked_1_p99", "unblocked", "at most 2",
                 at_most(2));
    writer.ratio("the same while 64 block", "blocked_64_p99", "unblocked", "at most 2", at_most(2));
    writer.value("100 000 due at one instant: callbacks a second", "storm", "at least 2 M/s, stretch 4.4",
                 at_least(2, 4.4), million_a_second);
    writer.value("stop, median", "stop_p50", "at most 2 µs", at_most(2'000), duration);
    writer.value("stop, 99th in 100", "stop_p99", "at most 50 µs", at_most(50'000), duration);
    library(samples, writer);
    return writer.lines;
}

char const *word(Verdict verdict) {
    switch (verdict) {
    case Verdict::Reached: return "reached";
    case Verdict::Stretch: return "reached, the stretch too";
    case Verdict::Missed: return "MISSED";
    case Verdict::Unmeasured: return "not measured";
    }
    return "";
}
