using System;
using System.Diagnostics;
using System.IO;
#if UNITY_EDITOR_WIN || UNITY_STANDALONE_WIN
using System.Runtime.InteropServices;
#endif

namespace LibWatchdog
{
    /// <summary>Whether somebody steps through the program. A managed debugger stops managed
    /// threads alone: the native library goes on, and takes the break for a hang.</summary>
    internal static class Debuggers
    {
        /// <summary>Cheap enough for every frame. Replaced in tests.</summary>
        internal static Func<bool> IsManagedAttached = AskRuntime;

        /// <summary>Asked when a hang is about to be told. Replaced in tests.</summary>
        internal static Func<bool> IsNativeAttached = AskSystem;

        internal static bool IsAnyAttached
        {
            get { return IsManagedAttached() || IsNativeAttached(); }
        }

        internal static bool AskRuntime()
        {
            return Debugger.IsAttached;
        }

#if UNITY_EDITOR_WIN || UNITY_STANDALONE_WIN
        [DllImport("kernel32")]
        private static extern int IsDebuggerPresent();

        internal static bool AskSystem()
        {
            return IsDebuggerPresent() != 0;
        }
#else
        internal static bool AskSystem()
        {
            // Linux and Android. Elsewhere there is no such file, and what a debugger has
            // stopped as a whole is no hang to the library anyway.
            const string tracer = "TracerPid:";
            try
            {
                using (StreamReader status = new StreamReader("/proc/self/status"))
                {
                    for (string line = status.ReadLine(); line != null; line = status.ReadLine())
                    {
                        if (line.StartsWith(tracer, StringComparison.Ordinal))
                        {
                            return line.Substring(tracer.Length).Trim() != "0";
                        }
                    }
                }
            }
            catch (Exception)
            {
                // Not here.
            }
            return false;
        }
#endif
    }
}
