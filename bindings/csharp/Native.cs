using System;
using System.Runtime.InteropServices;

namespace LibWatchdog
{
    /// <summary>The functions of watchdog.h. Flags are ints and texts bytes: neither bool nor
    /// string means the same to every runtime.</summary>
    internal static class Native
    {
#if UNITY_IOS && !UNITY_EDITOR
        // Linked into the program.
        private const string Library = "__Internal";
#else
        // libwatchdog.so, libwatchdog.dylib, watchdog.dll.
        private const string Library = "watchdog";
#endif

        internal const int Ok = 0;
        internal const int Expired = 1;
        internal const int Empty = 2;
        internal const int InvalidHandle = -1;
        internal const int TimedOut = -4;

        internal const int NameMax = 255;

        /// <summary>A wd_callback or a wd_destructor.</summary>
        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate void Callback(IntPtr userData);

        /// <summary>A wd_event: each field is at the same place on all platforms.</summary>
        [StructLayout(LayoutKind.Sequential)]
        internal struct Event
        {
            internal uint Size;
            internal int Kind;
            internal ulong Tag;
            internal ulong UnfedMs;
            internal ulong Lost;
            internal IntPtr Watchdog;
        }

        /// <summary>The bytes of a wd_event as far as its last field.</summary>
        internal static readonly uint EventSize = (uint)(32 + IntPtr.Size);

        // ---- Watchdogs -----------------------------------------------------------------

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr wd_new(ulong timeoutMs, ulong intervalMs);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_free(IntPtr watchdog);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_free(WatchdogHandle watchdog);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_feed(WatchdogHandle watchdog);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_set_callback(IntPtr watchdog, Callback callback, IntPtr userData);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_set_callback(WatchdogHandle watchdog, Callback callback, IntPtr userData);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_set_callback_owned(
            WatchdogHandle watchdog, Callback callback, IntPtr userData, Callback destructor);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_check(WatchdogHandle watchdog);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_start(WatchdogHandle watchdog);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_start_thread(WatchdogHandle watchdog, int daemon);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_stop(IntPtr watchdog, long timeoutMs);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_stop(WatchdogHandle watchdog, long timeoutMs);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_join(WatchdogHandle watchdog, long timeoutMs);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_pause(WatchdogHandle watchdog);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_resume(WatchdogHandle watchdog);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_set_times(WatchdogHandle watchdog, ulong timeoutMs, ulong intervalMs);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_set_name(WatchdogHandle watchdog, byte[] utf8);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_name(WatchdogHandle watchdog, [Out] byte[] buffer, UIntPtr size);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_timeout_ms(WatchdogHandle watchdog, out ulong ms);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_interval_ms(WatchdogHandle watchdog, out ulong ms);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_since_feed_ms(WatchdogHandle watchdog, out ulong ms);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_is_running(WatchdogHandle watchdog, out int running);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_set_last_resort(
            WatchdogHandle watchdog, ulong callbackMs, ulong unfedMs, int action);

        // ---- Queues --------------------------------------------------------------------

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr wd_queue_new(uint capacity);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_queue_free(IntPtr queue);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_queue_free(QueueHandle queue);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_set_queue(WatchdogHandle watchdog, QueueHandle queue, ulong tag);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_queue_take(QueueHandle queue, ref Event taken, long timeoutMs);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_queue_wake(IntPtr queue);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_queue_wake(QueueHandle queue);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_queue_lost(QueueHandle queue, out ulong lost);

        // ---- The process ---------------------------------------------------------------

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_shutdown(long timeoutMs);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_retire_threads();

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_set_record_file(byte[] path);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int wd_monitor_late_ms(out ulong ms);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr wd_last_error();

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr wd_status_name(int status);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr wd_clock_name();

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr wd_version();
    }

    /// <summary>Marks what native code calls, for compilers ahead of time. They know it by its
    /// name, in whatever namespace.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    internal sealed class MonoPInvokeCallbackAttribute : Attribute
    {
        internal MonoPInvokeCallbackAttribute(Type type)
        {
            Type = type;
        }

        internal Type Type { get; private set; }
    }

    /// <summary>Owns a watchdog. The library's handles are checked and never issued again: what
    /// is called with one that is freed meanwhile is refused, and harms nobody.</summary>
    internal sealed class WatchdogHandle : SafeHandle
    {
        internal WatchdogHandle(IntPtr watchdog) : base(IntPtr.Zero, true)
        {
            SetHandle(watchdog);
        }

        public override bool IsInvalid
        {
            get { return handle == IntPtr.Zero; }
        }

        /// <summary>Frees it at once, though other threads may be in calls with it: these end
        /// then. SafeHandle's own way would wait for them, and they perhaps for us.</summary>
        internal void Free()
        {
            long number = handle.ToInt64();
            try
            {
                Native.wd_free(this);
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            Lifetime.Forget(number);
            SetHandleAsInvalid();
        }

        protected override bool ReleaseHandle()
        {
            Lifetime.Forget(handle.ToInt64());
            // Collected: the callback finds nobody to tell, and is waited for. At the end, when
            // all is collected, it may still run a handler, perhaps the one that ends the
            // process; nobody may wait for that.
            return Native.Ok == (Lifetime.MayWait ? Native.wd_free(handle) : Native.wd_stop(handle, 0));
        }
    }

    /// <summary>Owns a queue.</summary>
    internal sealed class QueueHandle : SafeHandle
    {
        internal QueueHandle(IntPtr queue) : base(IntPtr.Zero, true)
        {
            SetHandle(queue);
        }

        public override bool IsInvalid
        {
            get { return handle == IntPtr.Zero; }
        }

        /// <summary>Frees it at once, which ends the waits for its events.</summary>
        internal void Free()
        {
            long number = handle.ToInt64();
            try
            {
                Native.wd_queue_free(this);
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            Lifetime.Forget(number);
            SetHandleAsInvalid();
        }

        protected override bool ReleaseHandle()
        {
            Lifetime.Forget(handle.ToInt64());
            return Native.wd_queue_free(handle) == Native.Ok;
        }
    }
}
