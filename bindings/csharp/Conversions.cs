using System;
using System.Runtime.InteropServices;
using System.Text;

namespace LibWatchdog
{
    /// <summary>Times and texts, as C has them.</summary>
    internal static class Conversions
    {
        // Throws at what is no text, half a surrogate pair for instance.
        private static readonly UTF8Encoding Utf8 = new UTF8Encoding(false, true);

        /// <summary>A timeout or an interval in milliseconds, rounded up. A negative one becomes
        /// a number that the library refuses.</summary>
        internal static ulong ToMs(TimeSpan time)
        {
            return unchecked((ulong)RoundUp(time));
        }

        /// <summary>A limit in milliseconds, rounded up; negative: none.</summary>
        internal static long ToLimit(TimeSpan limit)
        {
            if (limit == System.Threading.Timeout.InfiniteTimeSpan)
            {
                return -1;
            }
            if (limit < TimeSpan.Zero)
            {
                throw new ArgumentOutOfRangeException(
                    "limit", limit, "A limit is zero, positive, or Timeout.InfiniteTimeSpan.");
            }
            return RoundUp(limit);
        }

        internal static long ToLimit(TimeSpan? limit)
        {
            return limit.HasValue ? ToLimit(limit.Value) : -1;
        }

        private static long RoundUp(TimeSpan time)
        {
            long ms = time.Ticks / TimeSpan.TicksPerMillisecond;
            return time.Ticks % TimeSpan.TicksPerMillisecond > 0 ? ms + 1 : ms;
        }

        /// <summary>A time that is too long for a TimeSpan becomes the longest.</summary>
        internal static TimeSpan FromMs(ulong ms)
        {
            const ulong most = long.MaxValue / TimeSpan.TicksPerMillisecond;
            return ms > most ? TimeSpan.MaxValue : new TimeSpan((long)ms * TimeSpan.TicksPerMillisecond);
        }

        /// <summary>UTF-8, closed by a zero; null for null.</summary>
        internal static byte[] ToUtf8(string text, string parameter)
        {
            if (text == null)
            {
                return null;
            }
            if (text.IndexOf('\0') >= 0)
            {
                throw new ArgumentException("The text contains a zero character, which would end it.", parameter);
            }
            byte[] bytes = new byte[Utf8.GetByteCount(text) + 1];
            Utf8.GetBytes(text, 0, text.Length, bytes, 0);
            return bytes;
        }

        /// <summary>A text of the library's.</summary>
        internal static string FromUtf8(IntPtr text)
        {
            if (text == IntPtr.Zero)
            {
                return "";
            }
            int length = 0;
            while (Marshal.ReadByte(text, length) != 0)
            {
                length++;
            }
            byte[] bytes = new byte[length];
            Marshal.Copy(text, bytes, 0, length);
            return Encoding.UTF8.GetString(bytes, 0, length);
        }

        /// <summary>What a buffer holds before its zero.</summary>
        internal static string FromUtf8(byte[] buffer)
        {
            int length = Array.IndexOf(buffer, (byte)0);
            return Encoding.UTF8.GetString(buffer, 0, length < 0 ? buffer.Length : length);
        }
    }
}
