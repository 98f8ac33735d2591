namespace KafkaBackup.Testing;

/// <summary>A folder of a test's own, which goes with it.</summary>
public sealed class TestFolder : IDisposable
{
    public TestFolder() => Directory.CreateDirectory(Path);

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "kafka-backup-tests", Guid.NewGuid().ToString("n")[..12]);

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
