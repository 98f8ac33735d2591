using KafkaBackup.EndToEnd.Tests.Support;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>The process is killed in mid-restore, really, again and again, and the same command run again.</summary>
public sealed class RestoreCrashTests
{
    [Fact]
    public Task A_restore_killed_ten_times_loses_nothing_and_doubles_nothing() => RestoreStorm.RunAsync("restore", []);
}
