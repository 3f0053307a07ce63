using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("LibWatchdog.Editor")]
[assembly: InternalsVisibleTo("LibWatchdog.Tests")]
