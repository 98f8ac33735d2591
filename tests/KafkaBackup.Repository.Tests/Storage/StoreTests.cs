using System.Runtime.InteropServices;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Storage;

public sealed class MemoryObjectStoreTests : ObjectStoreContract
{
    protected override IObjectStore Store { get; } = new MemoryObjectStore();

    protected override IObjectStore OpenAgain() => Store;
}

public sealed class FileSystemObjectStoreTests : ObjectStoreContract, IDisposable
{
    private readonly TemporaryFolder folder = new();

    public FileSystemObjectStoreTests() => Store = OpenAgain();

    protected override IObjectStore Store { get; }

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_folder_is_made_when_it_is_first_written_to()
    {
        var store = new FileSystemObjectStore(Path.Combine(folder.Path, "new", "deeper"));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
        await Assert.ThrowsAsync<ObjectNotFoundException>(() => store.OpenReadAsync("a"));

        await store.CreateAsync("b/a", Bytes("x"));

        Assert.Equal("x", await File.ReadAllTextAsync(Path.Combine(folder.Path, "new", "deeper", "b", "a")));
    }

    [Fact]
    public async Task Only_finished_objects_are_left_in_the_folder()
    {
        await Store.CreateAsync("f/a", Bytes("x"));
        await Store.CreateAsync("f/a", Bytes("x"));
        await Assert.ThrowsAsync<ObjectConflictException>(() => Store.CreateAsync("f/a", Bytes("y")));

        Assert.Equal(["a"], Directory.GetFileSystemEntries(Path.Combine(folder.Path, "r", "f")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_dead_writers_leftover_is_not_listed_and_goes_when_its_folder_is_written_to()
    {
        var leftover = Path.Combine(folder.Path, "r", "f", ".a.x1.y2.tmp");
        Directory.CreateDirectory(Path.GetDirectoryName(leftover)!);
        await File.WriteAllTextAsync(leftover, "half");
        Assert.Empty(await ListAsync(""));

        await Store.CreateAsync("f/a", Bytes("whole"));

        Assert.Equal(["a"], Directory.GetFileSystemEntries(Path.Combine(folder.Path, "r", "f")).Select(Path.GetFileName));
        Assert.Equal("whole", await ReadAsync(Store, "f/a"));
    }

    [Fact]
    public async Task A_leftover_that_is_a_second_name_of_a_finished_object_does_not_take_it_along()
    {
        await Store.CreateAsync("f/a", Bytes("whole"));
        var path = Path.Combine(folder.Path, "r", "f", "a");
        // As after a crash between the two steps of giving a file its name.
        Assert.Equal(0, Link(path, Path.Combine(folder.Path, "r", "f", ".a.x1.y2.tmp")));

        Assert.Equal(CreateOutcome.AlreadyThere, await OpenAgain().CreateAsync("f/a", Bytes("whole")));

        Assert.Equal("whole", await ReadAsync(Store, "f/a"));
        Assert.Equal(["a"], Directory.GetFileSystemEntries(Path.Combine(folder.Path, "r", "f")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_living_writers_file_is_left_alone()
    {
        await using var living = await Store.BeginUploadAsync("f/a");
        await living.WriteAsync(Bytes("first"));
        await using (var other = await OpenAgain().BeginUploadAsync("f/a"))
            await other.WriteAsync(Bytes("abandoned"));
        await OpenAgain().CreateAsync("f/b", Bytes("x"));

        Assert.Equal(CreateOutcome.Created, await living.CommitAsync());
        Assert.Equal("first", await ReadAsync(Store, "f/a"));
    }

    [Fact]
    public void A_name_is_given_only_if_it_is_free()
    {
        var (a, b) = (Path.Combine(folder.Path, "a"), Path.Combine(folder.Path, "b"));
        File.WriteAllText(a, "a");
        File.WriteAllText(b, "b");

        Assert.False(FileSystemCalls.TryGiveName(a, b));
        Assert.Equal("b", File.ReadAllText(b));
        File.Delete(b);
        Assert.True(FileSystemCalls.TryGiveName(a, b));
        Assert.Equal("a", File.ReadAllText(b));
        Assert.False(File.Exists(a));
    }

    [Fact]
    public async Task A_place_that_is_no_folder_is_named_with_what_to_do()
    {
        var file = Path.Combine(folder.Path, "file");
        await File.WriteAllTextAsync(file, "");
        var store = new FileSystemObjectStore(Path.Combine(file, "repository"));

        var error = await Assert.ThrowsAsync<RepositoryUnavailableException>(() => store.CreateAsync("a", Bytes("x")));

        Assert.StartsWith(file, error.Location);
        Assert.Contains("check that the path", error.Message);
    }

    [Theory]
    [InlineData(28, "free space")]
    [InlineData(30, "mount the file system for writing")]
    public void What_the_system_refuses_comes_with_a_remedy(int error, string remedy) =>
        Assert.Contains(remedy, FileSystemErrors.Explain("/r", new IOException("refused.", error)).Message);

    [Fact]
    public void A_folder_without_permission_comes_with_a_remedy() =>
        Assert.Equal(
            "/r: denied; give the user that runs Kafka Backup read and write access to the folder",
            FileSystemErrors.Explain("/r", new UnauthorizedAccessException("denied.")).Message);

    protected override IObjectStore OpenAgain() => new FileSystemObjectStore(Path.Combine(folder.Path, "r"));

    [DllImport("libc", EntryPoint = "link")]
    private static extern int Link([MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to);
}
