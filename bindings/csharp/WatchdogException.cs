using System;

namespace LibWatchdog
{
    /// <summary>The statuses of the native library: zero or positive, done; negative, an
    /// error.</summary>
    public enum WatchdogStatus
    {
        /// <summary>Done.</summary>
        Ok = 0,

        /// <summary>Not fed in time.</summary>
        Expired = 1,

        /// <summary>No event came in time.</summary>
        Empty = 2,

        /// <summary>Disposed already.</summary>
        InvalidHandle = -1,

        /// <summary>An argument is not what it must be.</summary>
        InvalidArgument = -2,

        /// <summary>No memory, or as many are alive as there can be.</summary>
        NoMemory = -3,

        /// <summary>The wait ran out.</summary>
        TimedOut = -4,

        /// <summary>The operating system refused a thread.</summary>
        Thread = -5,

        /// <summary>An internal panic of the native library was caught.</summary>
        Panic = -6,

        /// <summary>Not on this platform.</summary>
        Unsupported = -7,
    }

    /// <summary>The native library has refused a call. The message is its own: it names the
    /// value that was wrong and what would have been right.</summary>
    public sealed class WatchdogException : Exception
    {
        /// <summary>Makes an exception.</summary>
        /// <param name="status">Why.</param>
        /// <param name="message">Why, in words.</param>
        public WatchdogException(WatchdogStatus status, string message) : base(message)
        {
            Status = status;
        }

        /// <summary>Why.</summary>
        public WatchdogStatus Status { get; private set; }

        /// <summary>Throws what a failed call means: the last error of this thread.</summary>
        internal static void ThrowIfFailed(int status, string what)
        {
            if (status >= 0)
            {
                return;
            }
            if (status == Native.InvalidHandle)
            {
                throw new ObjectDisposedException(what);
            }
            throw OfLastError(status);
        }

        internal static WatchdogException OfLastError(int status)
        {
            string words = Conversions.FromUtf8(Native.wd_last_error());
            if (words.Length == 0)
            {
                words = Conversions.FromUtf8(Native.wd_status_name(status));
            }
            return new WatchdogException((WatchdogStatus)status, words);
        }
    }
}
