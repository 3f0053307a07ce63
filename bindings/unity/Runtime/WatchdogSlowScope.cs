using System;
using System.Collections.Generic;
using System.Threading;

namespace LibWatchdog
{
    /// <summary>Work that may take long, from <see cref="WatchdogBehaviour.Slow"/> until it is
    /// disposed. Any thread may dispose it, several times too.</summary>
    public sealed class WatchdogSlowScope : IDisposable
    {
        private int isOver;

        internal WatchdogSlowScope(string what, TimeSpan limit)
        {
            What = what;
            Limit = limit;
        }

        /// <summary>What is done.</summary>
        public string What { get; private set; }

        /// <summary>How long the main thread may be silent meanwhile.</summary>
        public TimeSpan Limit { get; private set; }

        /// <summary>The end of the work: the timeout is what it was before, and begins
        /// anew.</summary>
        public void Dispose()
        {
            if (Interlocked.Exchange(ref isOver, 1) == 0)
            {
                SlowScopes.Remove(this);
            }
        }
    }

    /// <summary>The scopes that are open. The longest limit counts; a scope never makes the
    /// timeout shorter.</summary>
    internal static class SlowScopes
    {
        private static readonly object Gate = new object();
        private static readonly List<WatchdogSlowScope> Open = new List<WatchdogSlowScope>();
        private static MainThreadMonitor monitor;
        private static TimeSpan timeout;

        internal static WatchdogSlowScope Add(string what, TimeSpan limit)
        {
            WatchdogSlowScope scope = new WatchdogSlowScope(what, limit);
            lock (Gate)
            {
                Open.Add(scope);
                Apply();
            }
            return scope;
        }

        internal static void Remove(WatchdogSlowScope scope)
        {
            lock (Gate)
            {
                if (Open.Remove(scope))
                {
                    Apply();
                }
            }
        }

        /// <summary>Whose timeout follows the scopes; null: nobody's.</summary>
        internal static void SetMonitor(MainThreadMonitor value, TimeSpan timeoutOutside)
        {
            lock (Gate)
            {
                monitor = value;
                timeout = timeoutOutside;
                Apply();
            }
        }

        /// <summary>Forgets all, whether they are disposed or not.</summary>
        internal static void Clear()
        {
            lock (Gate)
            {
                Open.Clear();
                monitor = null;
            }
        }

        /// <summary>" in load scene, save"; "" when there are none.</summary>
        internal static string Describe()
        {
            lock (Gate)
            {
                string words = "";
                foreach (WatchdogSlowScope scope in Open)
                {
                    words += (words.Length == 0 ? " in " : ", ") + scope.What;
                }
                return words;
            }
        }

        private static void Apply()
        {
            if (monitor == null)
            {
                return;
            }
            TimeSpan longest = timeout;
            foreach (WatchdogSlowScope scope in Open)
            {
                if (scope.Limit > longest)
                {
                    longest = scope.Limit;
                }
            }
            try
            {
                monitor.SetTimeout(longest);
            }
            catch (ObjectDisposedException)
            {
                // Stopped just now.
            }
        }
    }
}
