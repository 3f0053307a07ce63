using System;
using System.Collections.Generic;
using System.IO;
using System.Reflection;
using System.Runtime.InteropServices;

namespace LibWatchdog.Tests
{
    /// <summary>The bindings against the library's list of exports, WD_TEST_EXPORTS.</summary>
    internal static class Bindings
    {
        internal static void All()
        {
            Program.Test("the bindings name what the library exports, all of it and nothing else", Names);
            Program.Test("no bool, string or struct by value crosses the border", Types);
            Program.Test("every native callback is static, rooted and marked for compilers ahead of time", NativeCallbacks);
        }

        private static IEnumerable<MethodInfo> Imports()
        {
            foreach (Type type in typeof(Watchdog).Assembly.GetTypes())
            {
                foreach (MethodInfo method in type.GetMethods(
                    BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                {
                    if ((method.Attributes & MethodAttributes.PinvokeImpl) != 0)
                    {
                        yield return method;
                    }
                }
            }
        }

        private static void Names()
        {
            List<string> exported = new List<string>(File.ReadAllLines(Environment.GetEnvironmentVariable("WD_TEST_EXPORTS")));
            List<string> bound = new List<string>();
            foreach (MethodInfo method in Imports())
            {
                if (!bound.Contains(method.Name))
                {
                    bound.Add(method.Name);
                }
            }
            exported.Sort(StringComparer.Ordinal);
            bound.Sort(StringComparer.Ordinal);
            Check.Equal(string.Join(" ", bound.ToArray()), string.Join(" ", exported.ToArray()), "what is bound");
        }

        private static void Types()
        {
            List<Type> good = new List<Type>
            {
                typeof(int), typeof(uint), typeof(long), typeof(ulong), typeof(IntPtr), typeof(UIntPtr), typeof(byte[]),
            };
            int count = 0;
            foreach (MethodInfo method in Imports())
            {
                DllImportAttribute import = null;
                foreach (object attribute in method.GetCustomAttributes(typeof(DllImportAttribute), false))
                {
                    import = (DllImportAttribute)attribute;
                }
                Check.That(import != null && import.CallingConvention == CallingConvention.Cdecl, method.Name + " is cdecl");
                Check.Equal(import.EntryPoint, method.Name, "the entry point");
                Check.That(method.ReturnType == typeof(int) || method.ReturnType == typeof(IntPtr), method.Name + " returns");
                foreach (ParameterInfo parameter in method.GetParameters())
                {
                    Type type = parameter.ParameterType;
                    bool isGood = good.Contains(type) || typeof(SafeHandle).IsAssignableFrom(type) ||
                        typeof(Delegate).IsAssignableFrom(type) || type.IsByRef;
                    Check.That(isGood, method.Name + " takes " + type);
                }
                count++;
            }
            Check.That(count > 30, "so many functions");
        }

        private static void NativeCallbacks()
        {
            int marked = 0, rooted = 0;
            foreach (Type type in typeof(Watchdog).Assembly.GetTypes())
            {
                foreach (MethodInfo method in type.GetMethods(
                    BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                {
                    ParameterInfo[] parameters = method.GetParameters();
                    bool isMarked = false;
                    foreach (object attribute in method.GetCustomAttributes(false))
                    {
                        isMarked |= attribute.GetType().Name == "MonoPInvokeCallbackAttribute";
                    }
                    if (isMarked)
                    {
                        Check.That(method.IsStatic && method.ReturnType == typeof(void), method.Name + " is static");
                        Check.That(parameters.Length == 1 && parameters[0].ParameterType == typeof(IntPtr), method.Name + " takes user data");
                        marked++;
                    }
                }
                foreach (FieldInfo field in type.GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public))
                {
                    // Those of the compiler's own, with "<" in the name, root it too.
                    if (field.FieldType.Name == "Callback" && field.Name.IndexOf('<') < 0)
                    {
                        Check.That(field.IsInitOnly, field.Name + " is for ever");
                        rooted++;
                    }
                }
            }
            Check.Equal(marked, 2, "marked functions");
            Check.Equal(rooted, 2, "rooted delegates");
        }
    }
}
