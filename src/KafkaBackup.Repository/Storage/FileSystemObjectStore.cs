using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace KafkaBackup.Repository.Storage;

/// <summary>
/// Objects as files below a folder, which is made when first written to. A file is written under a temporary name beside its target, flushed to the disk, given
/// its name in a step that can't replace another file
/// (see <see cref="FileSystemCalls.TryGiveName"/>), and its folder flushed, as well as the folders above it: whatever a process is killed at, an object is
/// whole or not there,
/// and of two processes that create one name, one wins and the other is told. Several processes may use one folder at the same time.
/// What a killed process left unfinished is removed by the next one that writes into the same folder.
/// </summary>
/// <param name="root">The folder; it need not be there.</param>
public sealed class FileSystemObjectStore(string root) : IObjectStore
{
    private readonly string root = Path.GetFullPath(root);
    private readonly ConcurrentDictionary<string, bool> durableFolders = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> tidyFolders = new(StringComparer.Ordinal);

    /// <summary>The full path of the folder.</summary>
    public string Root => root;

    /// <inheritdoc/>
    public string Location => $"file:{root}";

    /// <inheritdoc/>
    public async Task<CreateOutcome> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        await using var upload = await BeginUploadAsync(name, cancellationToken);
        await upload.WriteAsync(content, cancellationToken);
        return await upload.CommitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IObjectUpload> BeginUploadAsync(string name, CancellationToken cancellationToken = default)
    {
        var target = PathOf(name);
        try
        {
            var folder = Path.GetDirectoryName(target)!;
            Directory.CreateDirectory(folder);
            if (tidyFolders.TryAdd(folder, true))
                TemporaryFile.RemoveLeftovers(folder);
            return Task.FromResult<IObjectUpload>(new FileUpload(this, name, target));
        }
        catch (Exception e) when (FileSystemErrors.IsOne(e))
        {
            throw FileSystemErrors.Explain(target, e);
        }
    }

    /// <inheritdoc/>
    public Task<Stream> OpenReadAsync(string name, long offset = 0, long? length = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length ?? 0, nameof(length));
        var path = PathOf(name);
        try
        {
            var handle = File.OpenHandle(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous | FileOptions.SequentialScan);
            return Task.FromResult<Stream>(new FileRangeStream(handle, offset, length));
        }
        catch (Exception e) when (IsAbsence(e, path))
        {
            throw new ObjectNotFoundException(name, e);
        }
        catch (Exception e) when (FileSystemErrors.IsOne(e))
        {
            throw FileSystemErrors.Explain(path, e);
        }
    }

    /// <inheritdoc/>
    public Task<long?> GetLengthAsync(string name, CancellationToken cancellationToken = default)
    {
        var path = PathOf(name);
        try
        {
            var file = new FileInfo(path);
            return Task.FromResult(file.Exists ? file.Length : (long?)null);
        }
        catch (Exception e) when (IsAbsence(e, path))
        {
            return Task.FromResult<long?>(null);
        }
        catch (Exception e) when (FileSystemErrors.IsOne(e))
        {
            throw FileSystemErrors.Explain(path, e);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var folder = ObjectName.CheckPrefix(prefix)[..(prefix.LastIndexOf('/') + 1)];
        await Task.CompletedTask;
        foreach (var found in FileListing.Below(root, folder, prefix))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return found;
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        var path = PathOf(name);
        try
        {
            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
        }
        catch (Exception e) when (FileSystemErrors.IsOne(e))
        {
            throw FileSystemErrors.Explain(path, e);
        }

        return Task.CompletedTask;
    }

    /// <summary>Flushes the folder of a file that has just got its name, and once in this object's life each folder above it.</summary>
    internal void MakeNamesDurable(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        FileSystemCalls.SyncFolder(folder);
        while (!durableFolders.ContainsKey(folder) && Path.GetDirectoryName(folder) is { } parent)
        {
            try
            {
                FileSystemCalls.SyncFolder(parent);
            }
            catch (IOException) when (parent.Length < root.Length)
            {
                // Above the root there may be folders that this user can't read; they are not the repository's.
            }

            durableFolders[folder] = true;
            folder = parent;
        }
    }

    private static bool IsAbsence(Exception e, string path) =>
        e is FileNotFoundException or DirectoryNotFoundException || (e is UnauthorizedAccessException && Directory.Exists(path));

    private string PathOf(string name) => Path.Combine(root, ObjectName.Check(name).Replace('/', Path.DirectorySeparatorChar));
}
