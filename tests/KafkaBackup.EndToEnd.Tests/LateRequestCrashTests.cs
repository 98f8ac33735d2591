using KafkaBackup.EndToEnd.Tests.Support;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>The process is killed in mid-restore, really, again and again, and the same command run again.</summary>
public sealed class LateRequestCrashTests
{
    [Fact]
    public Task A_restore_whose_dead_attempts_last_requests_come_late_doubles_nothing() => RestoreStorm.RunAsync("restore with late requests", ["--fault", "late:60ms+2s"]);
}
