using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace KafkaBackup.Repository.Storage;

/// <summary>A file in the making: small pieces are gathered, large ones written as they come.</summary>
internal sealed class FileUpload : IObjectUpload
{
    private const int GatheredBytes = 128 * 1024;
    private const int WritebackBytes = 16 * 1024 * 1024;

    private readonly FileSystemObjectStore store;
    private readonly string name;
    private readonly string target;
    private readonly string temporary;
    private readonly SafeFileHandle handle;
    private byte[]? gathered;
    private int gatheredCount;
    private long length;
    private long handedOn;

    public FileUpload(FileSystemObjectStore store, string name, string target)
    {
        this.store = store;
        this.name = name;
        this.target = target;
        (handle, temporary) = TemporaryFile.Create(target);
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        try
        {
            if (gatheredCount + bytes.Length >= GatheredBytes)
                await FlushAsync(cancellationToken);
            if (bytes.Length >= GatheredBytes)
            {
                await PutAsync(bytes, cancellationToken);
                return;
            }

            gathered ??= ArrayPool<byte>.Shared.Rent(GatheredBytes);
            bytes.CopyTo(gathered.AsMemory(gatheredCount));
            gatheredCount += bytes.Length;
        }
        catch (Exception e) when (FileSystemErrors.IsOne(e))
        {
            throw FileSystemErrors.Explain(temporary, e);
        }
    }

    public async Task<CreateOutcome> CommitAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await FlushAsync(cancellationToken);
            RandomAccess.FlushToDisk(handle);
            if (OperatingSystem.IsWindows())
                handle.Dispose();
            var created = FileSystemCalls.TryGiveName(temporary, target);
            if (!created && !await FileComparison.AreEqualAsync(temporary, target, cancellationToken))
                throw new ObjectConflictException(name);
            if (!created)
                File.Delete(temporary);
            // Also for a file that was there: its writer may have died before it came to this line.
            store.MakeNamesDurable(target);
            return created ? CreateOutcome.Created : CreateOutcome.AlreadyThere;
        }
        catch (Exception e) when (FileSystemErrors.IsOne(e))
        {
            throw FileSystemErrors.Explain(target, e);
        }
    }

    public ValueTask DisposeAsync()
    {
        if (gathered is not null)
            ArrayPool<byte>.Shared.Return(gathered);
        gathered = null;
        // The name goes before the lock does; on Windows, where an open file keeps its name, right after it.
        if (!OperatingSystem.IsWindows())
            DeleteQuietly();
        handle.Dispose();
        DeleteQuietly();
        return ValueTask.CompletedTask;
    }

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (gatheredCount == 0)
            return;
        await PutAsync(gathered.AsMemory(0, gatheredCount), cancellationToken);
        gatheredCount = 0;
    }

    private async ValueTask PutAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await RandomAccess.WriteAsync(handle, bytes, length, cancellationToken);
        length += bytes.Length;
        if (length - handedOn < WritebackBytes)
            return;
        FileSystemCalls.BeginWriteback(handle, handedOn, length - handedOn);
        handedOn = length;
    }

    private void DeleteQuietly()
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (FileSystemErrors.IsOne(e))
        {
            // A leftover is ignored by listings, and removed by a later writer.
        }
    }
}
