using System;
using System.Collections.Generic;
using UnityEngine;
using UnityEngine.Events;

namespace LibWatchdog
{
    /// <summary>
    /// Watches the main thread. Added to any object of a scene it works as it is: it is fed in
    /// every Update, whatever Time.timeScale is, and a main thread that does not come to its next
    /// Update in time hangs.
    /// <para>One watches at a time. More of them wait, and the next takes over when it is
    /// disabled or destroyed.</para>
    /// <para>It pauses while the application is paused, while it has no focus unless it runs in
    /// background, while the editor's play mode is paused, and under a debugger.</para>
    /// </summary>
    [AddComponentMenu("Diagnostics/Watchdog")]
    [DisallowMultipleComponent]
    [DefaultExecutionOrder(-32000)]
    public sealed class WatchdogBehaviour : MonoBehaviour
    {
        /// <summary>An event that a scene can connect. It carries seconds.</summary>
        [Serializable]
        public sealed class SecondsEvent : UnityEvent<float>
        {
        }

        [Flags]
        private enum Pauses
        {
            None = 0,
            Application = 1,
            Focus = 2,
            Debugger = 4,
            Editor = 8,
        }

        // A frame of a game in trouble takes that long.
        private const float Least = 0.01f;
        private const float Most = 86400f;

        [Tooltip("So many seconds the main thread may take from one Update to the next.")]
        [SerializeField] private float timeoutSeconds = 5f;

        [Tooltip("So many seconds the first Update may take to come.")]
        [SerializeField] private float startSeconds = 60f;

        [Tooltip("So many seconds the main thread may take while a scene is loaded.")]
        [SerializeField] private float sceneLoadSeconds = 60f;

        [Tooltip("It stays when another scene is loaded. Only the first that asks for it does; the others are removed.")]
        [SerializeField] private bool survivesSceneLoads = true;

        [Tooltip("A managed thread tells of a hang at once, while the main thread still hangs: in the log, and by the event HangDetected.")]
        [SerializeField] private bool reportsAtOnce = true;

        [Tooltip("Nothing is a hang while a debugger is attached.")]
        [SerializeField] private bool pausesUnderDebugger = true;

        [Tooltip("Hangs and recoveries are written to the log.")]
        [SerializeField] private bool writesLog = true;

        [SerializeField] private SecondsEvent onHang = new SecondsEvent();
        [SerializeField] private SecondsEvent onRecovered = new SecondsEvent();

        // Those that are enabled; the first watches. On the main thread alone.
        private static readonly List<WatchdogBehaviour> Enabled = new List<WatchdogBehaviour>();
        private static WatchdogBehaviour survivor;
        private static Pauses editorPause;

        private MainThreadMonitor monitor;
        private WatchdogSlowScope start;
        private Pauses pauses;

        // ---- Events ----------------------------------------------------------------------

        /// <summary>The main thread has hung: raised on the main thread as soon as it runs again,
        /// once for each hang, with how long it had been silent when that was noticed. Directly
        /// before <see cref="Recovered"/>.</summary>
        public event Action<TimeSpan> Hang;

        /// <summary>The main thread runs again: raised on the main thread, with how long it has
        /// hung.</summary>
        public event Action<TimeSpan> Recovered;

        /// <summary>The main thread hangs right now: raised on a thread of its own, once for each
        /// hang, if <see cref="ReportsAtOnce"/>. Most of Unity can only be called on the main
        /// thread; files, sockets and Debug.Log can be used.</summary>
        public event Action<TimeSpan> HangDetected;

        /// <summary><see cref="Hang"/>, for scenes: in seconds.</summary>
        public SecondsEvent OnHang
        {
            get { return onHang; }
        }

        /// <summary><see cref="Recovered"/>, for scenes: in seconds.</summary>
        public SecondsEvent OnRecovered
        {
            get { return onRecovered; }
        }

        // ---- What a program may ask and set --------------------------------------------------

        /// <summary>The one that watches; null: nobody does.</summary>
        public static WatchdogBehaviour Active
        {
            get { return Enabled.Count > 0 && Enabled[0].monitor != null ? Enabled[0] : null; }
        }

        /// <summary>Whether it is this one that watches.</summary>
        public bool IsWatching
        {
            get { return monitor != null; }
        }

        /// <summary>Whether it watches, and just now nothing would be a hang.</summary>
        public bool IsPaused
        {
            get { return monitor != null && monitor.IsPaused; }
        }

        /// <summary>How long the main thread may take from one Update to the next, 10 ms to a
        /// day. A change is in force at once.</summary>
        /// <exception cref="ArgumentOutOfRangeException">It is less, or more.</exception>
        public TimeSpan Timeout
        {
            get { return Seconds(timeoutSeconds); }
            set
            {
                timeoutSeconds = InRange(value);
                if (monitor != null)
                {
                    SlowScopes.SetMonitor(monitor, Timeout);
                }
            }
        }

        /// <summary>How long the main thread may take while a scene is loaded, as
        /// <see cref="Timeout"/>. It holds for the next load.</summary>
        /// <exception cref="ArgumentOutOfRangeException">It is less, or more.</exception>
        public TimeSpan SceneLoadTimeout
        {
            get { return Seconds(sceneLoadSeconds); }
            set
            {
                sceneLoadSeconds = InRange(value);
                if (monitor != null)
                {
                    SceneLoads.Watch(SceneLoadTimeout);
                }
            }
        }

        /// <summary>Whether a managed thread tells of a hang while the main thread still hangs. It
        /// holds from the next time on that this is enabled.</summary>
        public bool ReportsAtOnce
        {
            get { return reportsAtOnce; }
            set { reportsAtOnce = value; }
        }

        /// <summary>Whether hangs are ignored while a debugger is attached.</summary>
        public bool PausesUnderDebugger
        {
            get { return pausesUnderDebugger; }
            set { pausesUnderDebugger = value; }
        }

        /// <summary>Whether hangs and recoveries are written to the log.</summary>
        public bool WritesLog
        {
            get { return writesLog; }
            set { writesLog = value; }
        }

        /// <summary>Work that may take long: until the scope is disposed the main thread may be
        /// silent for as long as <paramref name="limit"/>. Its begin on the main thread, and its
        /// end, count as an Update. Of several scopes the longest counts. Any thread may open one,
        /// also while nobody watches.
        /// <code>using (WatchdogBehaviour.Slow("save", TimeSpan.FromSeconds(30))) { … }</code>
        /// </summary>
        /// <param name="what">What is done, for the log.</param>
        /// <param name="limit">How long the main thread may be silent.</param>
        /// <returns>The scope.</returns>
        /// <exception cref="ArgumentOutOfRangeException">The limit is less than 10 ms or more than
        /// a day.</exception>
        public static WatchdogSlowScope Slow(string what, TimeSpan limit)
        {
            InRange(limit);
            return SlowScopes.Add(what, limit);
        }

        /// <summary>The same for a scene load that is about to be asked for, until the first Update
        /// after it. Since Unity 2021.1 this is done by itself.</summary>
        /// <param name="what">What is loaded, for the log.</param>
        /// <param name="limit">How long the main thread may be silent.</param>
        /// <exception cref="ArgumentOutOfRangeException">The limit is less than 10 ms or more than
        /// a day.</exception>
        public static void SlowSceneLoad(string what, TimeSpan limit)
        {
            InRange(limit);
            SceneLoads.Expect(what, limit);
        }

        // ---- For the editor --------------------------------------------------------------

        /// <summary>Ends everything that runs: before the code is reloaded, the program ends, or
        /// play mode begins or ends. Takes two seconds at most.</summary>
        internal static void StopAll()
        {
            WatchdogBehaviour[] all = Enabled.ToArray();
            Enabled.Clear();
            foreach (WatchdogBehaviour one in all)
            {
                one.End();
            }
            survivor = null;
            SceneLoads.Clear();
            SlowScopes.Clear();
        }

        internal static void SetEditorPaused(bool isPaused)
        {
            editorPause = isPaused ? Pauses.Editor : Pauses.None;
            if (Active != null)
            {
                Active.ApplyPauses();
            }
        }

        // With domain reload off, statics are those of the last time.
        [RuntimeInitializeOnLoadMethod(RuntimeInitializeLoadType.SubsystemRegistration)]
        private static void ResetStatics()
        {
            StopAll();
        }

        // ---- What Unity calls ------------------------------------------------------------

        private void Awake()
        {
            if (!survivesSceneLoads)
            {
                return;
            }
            if (survivor != null && survivor != this)
            {
                enabled = false;
                Destroy(this);
                return;
            }
            survivor = this;
            if (transform.parent != null)
            {
                transform.SetParent(null, true); // only roots survive
            }
            DontDestroyOnLoad(gameObject);
        }

        private void OnEnable()
        {
            // It may have been told while this was disabled, or never told the end.
            pauses = Pauses.None;
            if (!Enabled.Contains(this))
            {
                Enabled.Add(this);
            }
            if (Enabled[0] == this)
            {
                Begin();
            }
        }

        private void OnDisable()
        {
            End();
            if (Enabled.Remove(this) && Enabled.Count > 0 && !Enabled[0].IsWatching)
            {
                Enabled[0].Begin();
            }
        }

        private void OnDestroy()
        {
            if (ReferenceEquals(survivor, this))
            {
                survivor = null;
            }
        }

        private void Update()
        {
            if (monitor == null)
            {
                return;
            }
            SetPause(Pauses.Debugger, pausesUnderDebugger && Debuggers.IsManagedAttached());
            TimeSpan unfed, duration;
            bool hasHung = monitor.Tick(out unfed, out duration);
            if (start != null)
            {
                start.Dispose();
                start = null;
            }
            SceneLoads.Tick();
            if (hasHung)
            {
                Tell(unfed, duration);
            }
        }

        private void OnApplicationPause(bool isPaused)
        {
            SetPause(Pauses.Application, isPaused);
        }

        private void OnApplicationFocus(bool hasFocus)
        {
            SetPause(Pauses.Focus, !hasFocus && !Application.runInBackground);
        }

        private void OnApplicationQuit()
        {
            StopAll();
        }

        private void OnValidate()
        {
            timeoutSeconds = Clamped(timeoutSeconds);
            startSeconds = Clamped(startSeconds);
            sceneLoadSeconds = Clamped(sceneLoadSeconds);
            if (monitor != null)
            {
                SlowScopes.SetMonitor(monitor, Timeout);
            }
        }

        // ---- Watching --------------------------------------------------------------------

        private void Begin()
        {
            if (monitor != null)
            {
                return;
            }
            Action<TimeSpan> atOnce = null;
            if (reportsAtOnce)
            {
                atOnce = TellAtOnce;
            }
            try
            {
                monitor = new MainThreadMonitor(Timeout, IsExcused, atOnce, Debug.LogException);
            }
            catch (DllNotFoundException error)
            {
                Debug.LogError("[watchdog] Nothing is watched: the package has no native library for this platform. " + error.Message, this);
                return;
            }
            catch (Exception error)
            {
                // The game matters more.
                Debug.LogError("[watchdog] Nothing is watched: " + error.Message, this);
                return;
            }
            start = SlowScopes.Add("the start", Seconds(startSeconds));
            SlowScopes.SetMonitor(monitor, Timeout);
            SceneLoads.Watch(SceneLoadTimeout);
            ApplyPauses();
        }

        private void End()
        {
            if (monitor == null)
            {
                return;
            }
            MainThreadMonitor ended = monitor;
            monitor = null;
            SlowScopes.SetMonitor(null, TimeSpan.Zero);
            if (start != null)
            {
                start.Dispose();
                start = null;
            }
            if (!ended.Stop())
            {
                Debug.LogWarning("[watchdog] A handler of HangDetected has not returned; it is not waited for any longer.", this);
            }
        }

        private void SetPause(Pauses why, bool isPaused)
        {
            Pauses all = isPaused ? pauses | why : pauses & ~why;
            if (all != pauses)
            {
                pauses = all;
                ApplyPauses();
            }
        }

        private void ApplyPauses()
        {
            if (monitor != null)
            {
                monitor.SetPaused((pauses | editorPause) != Pauses.None);
            }
        }

        // ---- Telling ---------------------------------------------------------------------

        // On any thread.
        private bool IsExcused()
        {
            return pausesUnderDebugger && Debuggers.IsAnyAttached;
        }

        // On the reporter.
        private void TellAtOnce(TimeSpan unfed)
        {
            if (writesLog)
            {
                Debug.LogError(string.Format(System.Globalization.CultureInfo.InvariantCulture,
                    "[watchdog] The main thread hangs{0}: no Update for {1:0.00} s.", SlowScopes.Describe(), unfed.TotalSeconds));
            }
            Raise(HangDetected, unfed);
        }

        private void Tell(TimeSpan unfed, TimeSpan duration)
        {
            if (writesLog)
            {
                Debug.LogWarning(string.Format(System.Globalization.CultureInfo.InvariantCulture,
                    "[watchdog] The main thread has hung for {0:0.00} s, and runs again.", duration.TotalSeconds), this);
            }
            Raise(Hang, unfed);
            Raise(onHang, unfed);
            Raise(Recovered, duration);
            Raise(onRecovered, duration);
        }

        // What one handler throws is no matter of the others.
        private static void Raise(Action<TimeSpan> handlers, TimeSpan time)
        {
            if (handlers == null)
            {
                return;
            }
            foreach (Delegate handler in handlers.GetInvocationList())
            {
                try
                {
                    ((Action<TimeSpan>)handler)(time);
                }
                catch (Exception error)
                {
                    Debug.LogException(error);
                }
            }
        }

        private static void Raise(SecondsEvent handlers, TimeSpan time)
        {
            try
            {
                handlers.Invoke((float)time.TotalSeconds);
            }
            catch (Exception error)
            {
                Debug.LogException(error);
            }
        }

        // ---- Seconds ---------------------------------------------------------------------

        // A scene that was edited by hand may hold anything, NaN too.
        private static float Clamped(float seconds)
        {
            return seconds >= Least ? Math.Min(seconds, Most) : Least;
        }

        private static TimeSpan Seconds(float seconds)
        {
            return TimeSpan.FromMilliseconds(Math.Round(Clamped(seconds) * 1000.0));
        }

        private static float InRange(TimeSpan time)
        {
            double seconds = time.TotalSeconds;
            if (seconds < Least - 1e-6 || seconds > Most)
            {
                throw new ArgumentOutOfRangeException("value", time, "10 milliseconds to a day.");
            }
            return (float)seconds;
        }
    }
}
