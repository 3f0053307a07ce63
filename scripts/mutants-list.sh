# shellcheck shell=bash
# What scripts/mutants.sh takes out, in the order of docs/guarantees.md: a name, the kind of
# the test, its program, the test, and files with what sed makes of them.

engine=src/engine core=src/core linux=src/platform/linux.rs unix=src/platform/unix.rs simulation=engine::simulation::simulation

# ---- no false alarm --------------------------------------------------------------------

mutant "deadlines carry a margin" rust lib $simulation \
    $core/watch.rs 's/(Time\(word\)\.max\(excused\)\.after\(self\.times\.timeout\(\)\))\.after\(MARGIN\)/\1/'
mutant "a worker looks once more" rust lib engine::exactly::a_feed_counts_until_the_run_begins_and_is_missed_at_its_own_moment \
    $engine/runs.rs 's/let \(look, due\) = \(watch\.look\(view\), /let (look, due) = ({ let _ = watch.look(view); Look::Run }, /'
mutant "a stop shows in the monitor's sleep" c test_world a_stop_shows_in_the_monitors_sleep_alone \
    $linux 's/break rest\.waits\(\) > 1;/break false;/'
mutant "a stop is heard by the listener" c test_world a_stop_is_heard_by_the_listener_alone \
    $linux 's/if rest\.switches\(\) > 1 \{/if false {/'
mutant "a stop shows by oversleeping" c test_world a_stop_shows_by_oversleeping_alone \
    $core/stall.rs 's/ \|\| sleep\.woke\.since\(sleep\.until\) > OVERSLEPT \{/ {/'
mutant "the listener is waited for" rust lib $simulation \
    $core/stall.rs 's/overslept\.min\(PATIENCE\)$/0/'
mutant "whoever calls the monitor does not end its patience" rust lib engine::exactly::the_listener_is_heard_out \
    $engine/runs.rs 's/\} else if sleep\.woke >= self\.patient \{/} else {/'
mutant "a worker that comes late asks the monitor" rust lib engine::exactly::a_worker_that_comes_late_asks_the_monitor \
    $engine/runs.rs 's/Look::Run if looked < due && now\.since\(due\) > WAITED_LONG =>/Look::Run if false =>/'
mutant "a check asks the monitor" rust lib engine::exactly::a_check_asks_the_monitor_for_an_excuse \
    $engine/runs.rs 's/if is_monitored && !asked && looked </if false \&\& !asked \&\& looked </'
mutant "a stop gives a fresh timeout" rust lib $simulation \
    $core/watch.rs 's/self\.since = stop\.until;/self.since = Time::ZERO;/'
mutant "only to what was not due when it began" rust lib core::watch::tests::a_stop_gives_a_fresh_timeout_to_what_was_not_due_when_it_began \
    $core/watch.rs 's/is_news && stop\.from <= unexcused_until &&/is_news \&\&/'
mutant "SIGSTOP, by any of the three" c test_stopped a_stop_of_five_timeouts_raises_no_alarm \
    $linux 's/break rest\.waits\(\) > 1;/break false;/' \
    $linux 's/if rest\.switches\(\) > 1 \{/if false {/' \
    $core/stall.rs 's/ \|\| sleep\.woke\.since\(sleep\.until\) > OVERSLEPT \{/ {/'
mutant "a debugger, by any of the three" c test_frozen a_debugger_that_stops_it_and_goes_raises_no_alarm \
    $linux 's/break rest\.waits\(\) > 1;/break false;/' \
    $linux 's/if rest\.switches\(\) > 1 \{/if false {/' \
    $core/stall.rs 's/ \|\| sleep\.woke\.since\(sleep\.until\) > OVERSLEPT \{/ {/'
mutant "a freeze by cgroup v1, by any of the three" c test_frozen a_freeze_by_cgroup_v1_raises_no_alarm \
    $linux 's/if rest\.switches\(\) > 1 \{/if false {/' \
    $core/stall.rs 's/ \|\| sleep\.woke\.since\(sleep\.until\) > OVERSLEPT \{/ {/'
mutant "a freeze by cgroup v2, by any of the three" c test_frozen a_freeze_by_cgroup_v2_raises_no_alarm \
    $linux 's/break rest\.waits\(\) > 1;/break false;/' \
    $linux 's/if rest\.switches\(\) > 1 \{/if false {/' \
    $core/stall.rs 's/ \|\| sleep\.woke\.since\(sleep\.until\) > OVERSLEPT \{/ {/'
mutant "a machine that slept" c test_world a_machine_that_slept_raises_no_alarm \
    $core/stall.rs 's/sleep\.disturbed \|\| sleep\.suspended/sleep.disturbed/'
mutant "a signal's handler is told apart from a stop" c test_stopped a_signal_to_all_threads_is_no_stop \
    $linux 's/if rest\.switches\(\) > 1 \{/if true {/'
mutant "no clock is read that can be set" c test_world a_wall_clock_set_to_and_fro_raises_no_alarm_and_hides_none \
    $linux 's/clock\(libc::CLOCK_MONOTONIC\)/clock(libc::CLOCK_REALTIME)/'
mutant "a counter that the kernel does not trust is not read" c test_world the_counter_is_read_where_the_kernel_keeps_its_clock_by_it \
    src/platform/counter.rs 's/is_invariant\(\) && is_the_kernels\(\)/is_invariant()/'
mutant "a counter is believed for a moment only" c test_world a_counter_that_jumps_is_not_believed \
    $core/ticks.rs 's/if passed < self\.trusted \{/if self.trusted > 0 {/'
mutant "a counter is trusted once two rates agree" rust lib core::ticks::tests::an_anchor_is_trusted_only_after_two_rates_agree \
    $core/ticks.rs 's/let agrees = .*;/let agrees = true;/'
mutant "where a counter is behind, the exact clock decides" rust lib core::feed::tests::a_feed_counts_on_a_processor_whose_counter_is_behind \
    $core/feed.rs '/pub fn step_exactly/,/^}/s/match step\(word, now\)/match Step::Ask/'
mutant "no feed moves the last one back" rust lib core::feed::tests::a_feed_never_moves_the_last_feed_back \
    $core/feed.rs 's/None => Step::Ask,/None => Step::Store(now.0),/'

# ---- none missed -------------------------------------------------------------------------

mutant "the monitor is woken for what comes before its plan" rust lib $simulation \
    $engine/state.rs '/fn plan_by/,/^    \}/s/self\.calls\.monitor = true;//'
mutant "after a run it is filed again" rust lib $simulation \
    $engine/runs.rs '/pub fn end/,/^    \}/s/self\.refile\(index, now\);/let _ = now;/'
mutant "repeats are an interval apart" rust lib $simulation \
    $core/watch.rs 's/Some\(self\.since\.after\(self\.times\.interval\(\)\)\)/Some(self.since.after(1))/'
mutant "a stuck callback delays no other" c test_isolation a_stuck_one_holds_up_none_that_expired_with_it \
    $core/crew.rs 's/if is_slow && ready > coming \{/if false \&\& is_slow \&\& ready > coming {/' \
    $core/crew.rs 's/self\.hire\(1, &mut orders\);/if self.workers == self.idle { self.hire(1, \&mut orders) }/'
mutant "a retirement comes to an end while callbacks run" rust lib core::crew::tests::whoever_takes_its_first_callback_during_a_retirement_stays \
    $core/crew.rs 's/self\.workers - self\.old\.all$/self.workers - self.old.all - self.current.all/'
mutant "whoever is to be retired crowds out nobody" rust lib core::crew::tests::whoever_is_to_take_the_place_of_another_stays_though_that_one_is_idle \
    $core/crew.rs 's/ \|\| \(!is_old && self\.staying\(\) <= RESERVE\);/;/'
mutant "the longer they wait the more workers they get" rust lib core::crew::tests::whoever_waits_behind_a_stuck_callback_gets_another_worker_soon \
    $core/crew.rs 's/if is_slow && ready > coming \{/if false \&\& is_slow \&\& ready > coming {/'
mutant "new work does not wait behind a slow callback" rust lib core::crew::tests::new_work_does_not_wait_behind_a_callback_known_to_be_slow \
    $core/crew.rs 's/self\.latest_runs && now\.since\(self\.taken_at\) <= OVERSTAY/self.latest_runs/'
mutant "new work does not wait for one who is done" rust lib core::crew::tests::new_work_does_not_wait_for_a_worker_that_has_just_done_other_work \
    $core/crew.rs 's/self\.latest_runs &= which\.number != self\.taken;/let _ = which;/'
mutant "an order that never comes counts for nothing" rust lib core::crew::tests::an_order_that_is_never_carried_out_keeps_no_idle_worker_asleep \
    $core/crew.rs 's/if self\.idle > 0 \{ self\.called \} else \{ self\.called \+ self\.ordered \}/self.called + self.ordered/'
mutant "workers are made in advance" c test_refusal nor_does_a_refusal_while_many_are_stuck \
    $core/crew.rs 's/pub const RESERVE: u32 = 10;/pub const RESERVE: u32 = 1;/'
mutant "the monitor asks for no memory" c test_world a_stuck_allocator_keeps_no_callback_from_running \
    $engine/runs.rs 's/(    fn look\(&mut self, index: u32, now: Time\) \{)/\1 drop(std::hint::black_box(vec![0_u8; 64]));/'
mutant "the monitor starts no thread" c test_world nor_when_no_further_worker_can_be_started \
    $engine/monitor.rs 's/(let \(until, verdict\) = with\(\|state\| state\.turn\(sleep\)\);)/\1 while with(|state| state.threads.crew.ordered()) > 0 \&\& start(Kind::Worker).is_ok() {}/'
mutant "whoever is ready and due keeps its place" rust lib engine::exactly::whoever_is_ready_keeps_its_place \
    $engine/state.rs 's/Some\(Look::Run\) if is_ready => return,/Some(Look::Run) if false => return,/'
mutant "whoever is ready and all but due keeps its place" rust lib engine::exactly::whoever_is_ready_keeps_its_place \
    $engine/state.rs 's/Some\(Look::At\(at\)\) if is_ready && at <=/Some(Look::At(at)) if false \&\& at <=/'
mutant "arithmetic saturates" rust lib core::watch::tests::hundred_year_timeouts_and_the_ends_of_time_do_not_wrap \
    $core/time.rs 's/Time\(self\.0\.saturating_add\(nanos\)\)/Time(self.0.wrapping_add(nanos))/'
mutant "when the monitor will look is published" c test_frozen a_monitor_that_does_not_come_is_noticed \
    $engine/state.rs 's/self\.slots\.publish_plan\(at\);//'
mutant "excuses are counted" rust lib core::stall::tests::a_hang_is_found_within_seventeen_timeouts_of_the_time_not_stopped \
    $core/watch.rs 's/ && self\.excuses < MAX_EXCUSES \{/ {/'
mutant "a stuck callback is a last resort's matter" c test_resort a_stuck_callback_is_ended_by_an_exit_code \
    $core/resort.rs 's/if callback_at <= view\.now \{/if false {/'
mutant "and so is being unfed" c test_resort whoever_stays_unfed_is_ended \
    $core/resort.rs 's/\} else if unfed_at <= view\.now \{/} else if false {/'
mutant "a debugger holds a last resort off" c test_resort a_process_with_a_debugger_is_not_ended \
    $engine/resort.rs 's/if platform::is_traced\(\) \{/if false {/'
mutant "a stop holds a last resort off" rust lib core::resort::tests::a_stop_of_the_process_gives_time_but_not_for_ever \
    $core/resort.rs 's/if is_news && self\.excuses < MAX_EXCUSES \{/if false {/'
mutant "a feed holds a last resort off" c test_resort whoever_recovers_is_not_ended \
    $core/resort.rs 's/limit\(self\.limits\.callback_ms, began\)\.max\(due\)/limit(self.limits.callback_ms, began)/'
mutant "a last resort looks once more" rust lib engine::exactly::a_last_resort_looks_once_more \
    $engine/resort.rs 's/^        again\.filter\(.*$/        let _ = again; Some(*verdict)/'
mutant "a last resort asks for no memory" c test_refusal a_last_resort_needs_neither_memory_nor_threads \
    $engine/resort.rs 's/(let \(unfed, ran\) = \(unfed \/ 1_000_000, ran \/ 1_000_000\);)/\1 drop(std::hint::black_box(vec![0_u8; 64]));/'

# ---- no crash of its own --------------------------------------------------------------------

mutant "a handle is of its generation" c test_handles a_freed_handle_is_refused \
    $engine/table.rs 's/(if index < self\.used) && self\.front\(index\)\.fed\.handle\.load\(Ordering::Relaxed\) == handle \{/\1 {/'
mutant "no handle is issued twice" c test_handles a_value_is_never_issued_twice \
    $engine/fed.rs 's/let next = handle::next\((self\.handle\.load\(Ordering::Relaxed\) \| 1)\);/let next = handle::index(0).or(Some(0)).map(|_| \1);/'
mutant "forged handles are told from real ones" c test_handles forged_handles_from_eight_threads_touch_nobody \
    $engine/table.rs 's/(if index < self\.used) && self\.front\(index\)\.fed\.handle\.load\(Ordering::Relaxed\) == handle \{/\1 \&\& (self.front(index).fed.handle.load(Ordering::Relaxed) ^ handle) >> 60 == 0 {/'
mutant "a late feed feeds no other" loom atomics "a stale feed never feeds the next owner" \
    $engine/fed.rs '/pub fn feed/,/^    \}/{s/let word = self\.word\.load\(Ordering::Acquire\);/if self.handle.load(Ordering::Relaxed) != handle { return false; } &/;s/^            if self\.handle\.load\(Ordering::Relaxed\) != handle \{$/            if false {/}'
mutant "no wake-up of the monitor is lost" loom atomics "no wake-up of the monitor is lost" \
    src/platform/bell.rs 's/if self\.0\.swap\(ASLEEP, Ordering::Acquire\) == CALLED \{/self.0.store(ASLEEP, Ordering::Relaxed); if false {/'
mutant "a stop waits for a run" c test_stop a_negative_limit_waits_for_the_end \
    $engine/runs.rs '/pub fn stop\(/,/^    \}/s/Ok\(self\.foreign_run\(index, me\)\)/{ let _ = me; Ok(None) }/'
mutant "a free waits for a run" c test_stop free_waits_for_a_running_callback \
    $engine/state.rs 's/return Ok\(\(remains, self\.foreign_run\(index, me\)\)\);/self.slots.release(index);/'
mutant "a replacement waits for a run" c test_callback set_callback_waits_for_a_run_of_the_old \
    $engine/state.rs 's/Ok\(\(old, self\.foreign_run\(index, me\)\)\)/{ let _ = me; Ok((old, None)) }/'
mutant "user data may go when the call has returned" c test_stress user_data_goes_when_the_call_returns \
    $engine/state.rs 's/return Ok\(\(remains, self\.foreign_run\(index, me\)\)\);/return Ok((remains, None));/'
mutant "a shutdown waits for runs" c test_shutdown inside_a_callback_it_waits_for_the_others \
    $engine/mod.rs 's/while let Some\(index\) = with\(\|state\| state\.running_since\(first, latest, me\)\) \{/while let Some(index) = with(|state| state.running_since(first, latest, me)).filter(|_| false) {/'
mutant "owned data outlives its run" c test_owned replaced_inside_its_run_it_is_destroyed_after_it \
    $engine/state.rs '/fn take_callback/,/^    \}/s/return None;/return callback;/'
mutant "owned data is destroyed after its run" rust lib $simulation \
    $engine/runs.rs 's/if !was_lent && !run\.destroyed && run\.callback\.is_owned\(\) \{/if false {/'
mutant "a check takes a watchdog out of the order of deadlines" rust lib $simulation \
    $engine/runs.rs '/pub fn check/,/^    \}/s/self\.unfile\(index\);//'
mutant "whoever runs it does not wait for itself" c test_inside stop_inside \
    $engine/runs.rs 's/if slot\.record\.runner == NO_THREAD \|\| slot\.record\.runner == me \{/if slot.record.runner == NO_THREAD \&\& me != 0 {/'
mutant "no panic crosses the boundary" panic test_panic a_panic_becomes_a_status_and_the_function_works_again \
    src/ffi/mod.rs 's/^    catch_unwind\(body\)$/    Ok::<T, Box<dyn std::any::Any + Send>>((body.0)())/'
mutant "an exception or the end of its thread names itself" c test_exit a_callback_that_ends_its_thread_ends_the_process \
    $engine/callback.rs 's/platform::callback_was_left\(\);/drop(platform::callback_was_left as fn() -> !);/'
mutant "memory refused is a status" c test_refusal a_life_without_memory \
    $engine/memory.rs 's/memory\.try_reserve_exact\(1\)\.map_err\(\|_\| Error::NoMemory\(what\)\)\?;/memory.reserve_exact(1);/'
mutant "errors have their text whatever is used up later" c test_refusal errors_have_their_text_where_no_key_for_threads_is_left \
    src/ffi/mod.rs 's/^    last_error::prepare\(\);$//'
mutant "threads refused are a status" c test_refusal a_life_without_threads \
    $unix '/fn spawn_with_stack/,/^\}/s/error => Err\(error\),/_ => Ok(()),/'
mutant "the library needs no file descriptors" c test_refusal no_file_descriptors_are_needed \
    $unix 's/(let own = if kind == Kind::Worker)/if unsafe { libc::epoll_create1(0) } < 0 { return Err(1); } \1/'
mutant "a feed takes no lock" c test_signals a_handler_may_feed_whatever_it_interrupts \
    $engine/mod.rs 's/^    TABLE\.feed\(handle, count\)$/    let _locked = lock::lock(); &/'
mutant "a feed asks for no memory" c test_refusal a_feed_allocates_nothing \
    $engine/mod.rs 's/^    TABLE\.feed\(handle, count\)$/    drop(std::hint::black_box(vec![0_u8; 64])); &/'
mutant "the locks are held across a fork" c test_fork fork_at_any_moment_leaves_a_working_child \
    $engine/process.rs 's/\|\| platform::at_fork\((AtFork \{[^}]*\})\)/|| { let _ = \1; true }/'
mutant "they are, also when the handlers of fork do the rest" c test_fork fork_at_any_moment_leaves_a_working_child \
    $engine/process.rs 's/LOCKS\.keep\(\(starting, state, queues\)\)/drop((starting, state, queues))/;s/let mut locks = take_locks\(\);/let mut locks = Some((STARTING.lock().unwrap(), lock(), queue::lock()));/'
mutant "a late renewal takes no trust away" rust lib core::ticks::tests::whoever_is_late_with_a_renewal_takes_no_trust_away \
    $core/ticks.rs 's/if elapsed < TRUSTED \{/if elapsed < TRUSTED \&\& ticks > self.ticks {/'
mutant "a last resort is judged anew" c test_resort it_is_judged_anew_when_the_watchdog_is_told_something \
    $engine/resort.rs '/pub\(super\) fn judge_resort_anew/,/^    \}/s/self\.plan_by\(now\);//'
mutant "workers that are stuck do not count" c test_refusal nor_does_a_refusal_while_one_is_stuck_that_was_stopped \
    $engine/state.rs 's/self\.monitored \+ 1 \+ self\.threads\.crew\.busy\(\)/self.monitored + 1/'
mutant "a record that cannot be written holds up no end" c test_resort a_record_that_cannot_be_written_does_not_hold_up_the_end \
    $engine/resort.rs 's/LastMoment::within\(LAST_WORDS\)/()/'
mutant "a record goes through no link" c test_resort a_record_goes_through_no_link \
    $unix '/pub fn write_file/,/^\}/s/\| libc::O_NOFOLLOW$//'
mutant "threads run where the library was loaded" c test_scheduling threads_do_not_take_after_who_starts_them \
    $unix 's/os::on_all_processors\(\|\| \{/std::convert::identity({/'
mutant "threads are not in the background" c test_scheduling threads_do_not_take_after_who_starts_them \
    src/platform/scheduling.rs 's/policy == SCHED_BATCH \|\| policy == SCHED_IDLE/policy == SCHED_BATCH/'
mutant "a callback that forks goes on in the child's child" c test_fork a_child_of_a_callback_may_fork_again \
    $engine/state.rs 's/\|\| forks > self\.forks \{/|| forks > 1 {/'
mutant "in a child nothing is monitored" c test_fork in_the_child_it_exists_and_is_stopped \
    $engine/process.rs 's/state\.enter_child\(platform::thread_id\(\)\);/let _ = state;/'
mutant "an exit waits for whoever is no daemon" c test_exit an_exit_waits_for_a_non_daemon_and_monitoring_goes_on \
    $engine/process.rs 's/wait_in\(EXIT, Time::NEVER, State::may_exit\);/wait_in(EXIT, Time::ZERO, State::may_exit);/'
mutant "after the exit handler no callback begins" c test_dlopen after_the_librarys_handler_no_callback_begins \
    $engine/state.rs 's/self\.exiting \|= self\.non_daemons == 0;/return self.non_daemons == 0;/'
mutant "the library stays loaded" c test_dlopen dlclose_leaves_a_running_library_in_place \
    build.rs 's/println!\("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete"\);//' \
    $engine/process.rs 's/platform::stay_loaded\(\);//'

# ---- the models of proofs/loom -----------------------------------------------------------

stale="a stale feed never feeds the next owner"
mutant "loom: a feed reads the word with what came before" loom atomics "$stale" \
    $engine/fed.rs '/pub fn feed/,/^    \}/s/word\.load\(Ordering::Acquire\)/word.load(Ordering::Relaxed)/'
mutant "loom: a new owner's word comes after the old handle" loom atomics "$stale" \
    $engine/fed.rs 's/(feed::restart\(old, now\), Ordering::)Release/\1Relaxed/'
mutant "loom: a new owner's word never was" loom atomics "$stale" \
    $engine/fed.rs 's/feed::restart\(old, now\), Ordering/now.0, Ordering/'
mutant "loom: of two feeds none moves the last back" loom atomics "of concurrent feeds none moves the last feed back" \
    $engine/fed.rs 's/self\.word\.compare_exchange_weak\(word, new, .*\);/Ok::<u64, u64>(self.word.swap(new, Ordering::Release));/'
mutant "loom: a feed does not undo a restart" loom atomics "a feed does not undo a restart" \
    $engine/fed.rs 's/self\.word\.compare_exchange_weak\(word, new, .*\);/Ok::<u64, u64>(self.word.swap(new, Ordering::Release));/'

stamp="who writes nothing was fed"
mutant "loom: the word is written before its stamp" loom atomics "$stamp" \
    $engine/fed.rs 's/(self\.stamp\.store\(count, Ordering::)Release/\1Relaxed/'
mutant "loom: who reads a stamp sees the word" loom atomics "$stamp" \
    $engine/fed.rs 's/(self\.stamp\.load\(Ordering::)Acquire/\1Relaxed/'
mutant "loom: a stamp is its owner's" loom atomics "$stamp" \
    $engine/fed.rs 's/self\.handle\.load\(Ordering::Relaxed\) == handle$/true/'

anchor=src/platform/anchor.rs torn="a reader never sees a torn anchor" two="two who renew the anchor do not mix"
mutant "loom: the version is read before the anchor" loom atomics "$torn" \
    $anchor 's/self\.version\.load\(Ordering::Acquire\)/self.version.load(Ordering::Relaxed)/'
mutant "loom: the anchor is read before the version again" loom atomics "$torn" \
    $anchor 's/fence\(Ordering::Acquire\);//'
mutant "loom: an odd version is written before the anchor" loom atomics "$torn" \
    $anchor 's/fence\(Ordering::Release\);//'
mutant "loom: an even version is written after the anchor" loom atomics "$torn" \
    $anchor 's/(self\.version\.store\(version\.wrapping_add\(2\), Ordering::)Release/\1Relaxed/'
mutant "loom: the version is read again" loom atomics "$torn" \
    $anchor 's/ && self\.version\.load\(Ordering::Relaxed\) == version//'
mutant "loom: an odd version is no anchor" loom atomics "$torn" \
    $anchor 's/version & 1 == 0 && self/self/'
mutant "loom: who renews sees who did" loom atomics "$two" \
    $anchor 's/(\.compare_exchange\(version, version \+ 1, Ordering::)Acquire/\1Relaxed/'
mutant "loom: one renews at a time" loom atomics "$two" \
    $anchor 's/version & 1 == 0$/true/'

bell=src/platform/bell.rs lost="no wake-up of the monitor is lost" carries="a wake-up carries what came before"
mutant "loom: a call before the sleep is noticed" loom atomics "$lost" \
    $bell 's/swap\(ASLEEP, Ordering::Acquire\) == CALLED/swap(ASLEEP, Ordering::Acquire) == 9/'
mutant "loom: a call is left also where nobody sleeps" loom atomics "$lost" \
    $bell 's/if self\.0\.swap\(CALLED, Ordering::Release\) == ASLEEP \{/if self.0.compare_exchange(ASLEEP, CALLED, Ordering::Release, Ordering::Relaxed).is_ok() {/'
mutant "loom: who sleeps is roused" loom atomics "$lost" \
    $bell 's/^ *rouse\(&self\.0\);/let _ = rouse;/'
mutant "loom: a call carries" loom atomics "$carries" $bell 's/swap\(CALLED, Ordering::Release\)/swap(CALLED, Ordering::Relaxed)/'
mutant "loom: who goes to sleep is carried to" loom atomics "$carries" $bell 's/swap\(ASLEEP, Ordering::Acquire\)/swap(ASLEEP, Ordering::Relaxed)/'
mutant "loom: who wakes is carried to" loom atomics "$carries" $bell 's/swap\(AWAKE, Ordering::Acquire\)/swap(AWAKE, Ordering::Relaxed)/'

free="a free waits for the run" replacement="a replacement waits for the run"
mutant "loom: a free has a run to wait for" loom locks "$free" \
    $engine/state.rs 's/return Ok\(\(remains, self\.foreign_run\(index, me\)\)\);/return Ok((remains, None));/'
mutant "loom: a free waits for it" loom locks "$free" \
    $engine/quiet.rs 's/wait_until\(run\.index, .* state\.is_released\(run\)\);//'
mutant "loom: the end of a run wakes who waits" loom locks "$free" \
    $engine/runs.rs '/pub fn end/,/^    \}/s/self\.notify\(index\);//'
mutant "loom: who waits in a group is woken" loom locks "$free" \
    $engine/wait.rs 's/condvar\(group\)\.notify_all\(\);//'
mutant "loom: a replacement has a run to wait for" loom locks "$replacement" \
    $engine/state.rs 's/Ok\(\(old, self\.foreign_run\(index, me\)\)\)/Ok((old, None))/'
mutant "loom: a replacement waits for it" loom locks "$replacement" \
    $engine/quiet.rs 's/wait_until\(run\.index, .* state\.is_over\(run\)\);//'
mutant "loom: what is lent is the run's to destroy" loom locks "$replacement" \
    $engine/state.rs '/flags\.set\(Flags::LENT, false\);/{n;s/return None;//}'
mutant "loom: what runs is lent" loom locks "$replacement" \
    $engine/runs.rs 's/slot\.record\.flags\.set\(Flags::LENT, true\);//'
mutant "loom: a run lasts until its data is destroyed" loom locks "$replacement" \
    $engine/runs.rs 's/let was_lent = slot\.record\.flags\.has\(Flags::LENT\);/& slot.record.runner = NO_THREAD;/'
mutant "loom: it is destroyed once" loom locks "$replacement" \
    $engine/runs.rs 's/run\.destroyed = true;//'
mutant "loom: a stop has a run to wait for" loom locks "a stop waits for the run" \
    $engine/runs.rs 's/Ok\(self\.foreign_run\(index, me\)\)/Ok(None)/'
mutant "loom: a stop waits for it" loom locks "a stop waits for the run" \
    $engine/quiet.rs 's/Some\(run\) if !wait_until\(.*\) => \{/Some(_) if false => {/'
mutant "loom: a check runs nothing that runs" loom locks "a worker, a check and a free at once" \
    $engine/runs.rs 's/if slot\.record\.runner != NO_THREAD \|\| slot/if slot/'
mutant "loom: a check takes it from the workers" loom locks "a worker, a check and a free at once" \
    $engine/runs.rs '/pub fn check/,/^    \}/s/self\.unfile\(index\);//'
mutant "loom: the runner does not wait for itself" loom locks "replaced from inside" \
    $engine/runs.rs 's/(if slot\.record\.runner == NO_THREAD) \|\| slot\.record\.runner == me \{/\1 \&\& me != 0 {/'
mutant "loom: freed inside, it is released after the run" loom locks "freed from inside, replaced from outside" \
    $engine/state.rs 's/slot\.record\.flags\.set\(Flags::DOOMED, true\);//'
mutant "loom: who is woken looks again" loom locks "a free and a replacement at once" \
    $engine/wait.rs 's/while !is_so\(&mut state\) \{/if !is_so(\&mut state) {/'
