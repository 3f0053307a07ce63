using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace LibWatchdog
{
    /// <summary>
    /// What the native library calls: static functions, rooted for as long as the code is
    /// loaded. The user data is a weak GCHandle of the watchdog: it keeps nothing alive, and
    /// whoever was collected is not called any more. The destructor frees it, once; at the end
    /// of the process nobody does.
    /// </summary>
    internal static class Callbacks
    {
        private static readonly Native.Callback RunFunction = Run;
        private static readonly Native.Callback DestroyFunction = Destroy;

        // How many checks this thread is in, whose handlers run on it.
        [ThreadStatic]
        private static int checks;

        // In one of them this thread was aborted, which must not leave a native function.
        [ThreadStatic]
        private static bool isAborted;

        // It is a thread of the native library, and the runtime knows it as such.
        [ThreadStatic]
        private static bool isKnown;

        /// <summary>Has the library raise the watchdog's event at expiry.</summary>
        internal static int Install(Watchdog watchdog, WatchdogHandle handle)
        {
            // Once it is passed, the library owns it, also after an error.
            GCHandle data = GCHandle.Alloc(watchdog, GCHandleType.Weak);
            bool isPassed = false;
            try
            {
                bool isReferenced = false;
                try
                {
                    handle.DangerousAddRef(ref isReferenced);
                    isPassed = true;
                    return Native.wd_set_callback_owned(handle, RunFunction, GCHandle.ToIntPtr(data), DestroyFunction);
                }
                finally
                {
                    if (isReferenced)
                    {
                        handle.DangerousRelease();
                    }
                }
            }
            finally
            {
                if (!isPassed)
                {
                    data.Free(); // disposed meanwhile
                }
            }
        }

        [MonoPInvokeCallback(typeof(Native.Callback))]
        private static void Run(IntPtr userData)
        {
            Watchdog watchdog = null;
            try
            {
                if (!isKnown && checks == 0)
                {
                    // Mono takes a native thread that has once been in managed code for one of
                    // the program's, and the end of the process would wait for it.
                    Thread.CurrentThread.IsBackground = true;
                    isKnown = true;
                }
                watchdog = GCHandle.FromIntPtr(userData).Target as Watchdog;
                if (watchdog != null)
                {
                    watchdog.RaiseExpired();
                }
            }
            catch (ThreadAbortException)
            {
                // The domain is unloaded, or the process ends, and this handler did not return.
                Thread.ResetAbort();
                isAborted = checks > 0;
            }
            catch (Exception error)
            {
                Report(watchdog, error);
            }
        }

        [MonoPInvokeCallback(typeof(Native.Callback))]
        private static void Destroy(IntPtr userData)
        {
            try
            {
                GCHandle.FromIntPtr(userData).Free();
            }
            catch (Exception error)
            {
                Report(null, error);
            }
        }

        /// <summary>Around a check, whose handlers run on the calling thread.</summary>
        internal static void BeginCheck()
        {
            checks++;
        }

        internal static void EndCheck()
        {
            checks--;
            if (isAborted && checks == 0)
            {
                isAborted = false;
                Thread.CurrentThread.Abort();
            }
        }

        /// <summary>Tells of an exception that nobody has caught. None leaves this: it would end
        /// the process in native code.</summary>
        internal static void Report(Watchdog watchdog, Exception error)
        {
            try
            {
                if (!Watchdog.RaiseHandlerException(watchdog, error))
                {
                    Write(watchdog, error);
                }
            }
            catch (Exception another)
            {
                try
                {
                    Write(watchdog, error);
                    Write(watchdog, another);
                }
                catch (Exception)
                {
                    // There is no standard error.
                }
            }
        }

        private static void Write(Watchdog watchdog, Exception error)
        {
            string name = "";
            try
            {
                name = watchdog == null ? "" : " " + watchdog.Name;
            }
            catch (ObjectDisposedException)
            {
                // Then it has none.
            }
            Console.Error.WriteLine("watchdog{0}: an exception in a handler: {1}", name.TrimEnd(), error);
        }
    }
}
