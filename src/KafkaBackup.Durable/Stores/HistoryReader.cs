using System.Runtime.CompilerServices;
using KafkaBackup.Durable.Runtime;
using KafkaBackup.Durable.Stores.Sqlite;
using Microsoft.Data.Sqlite;

namespace KafkaBackup.Durable.Stores;

/// <summary>Looks at histories without being their host: nothing is resumed, nothing is locked, and a host may be at work on them.</summary>
public sealed class HistoryReader : IAsyncDisposable
{
    private readonly SqliteReader? reader;
    private readonly string? connectionString;

    private HistoryReader(string? connectionString)
    {
        this.connectionString = connectionString;
        reader = connectionString is null ? null : new SqliteReader(connectionString);
    }

    /// <summary>Opens a SQLite file of histories. One that is not there holds none.</summary>
    public static Task<HistoryReader> OpenSqliteAsync(string path, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(new HistoryReader(
            File.Exists(path) ? new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString() : null));
    }

    /// <summary>Every instance, with its input and output.</summary>
    public async IAsyncEnumerable<OrchestrationMetadata> ListAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var filter = new InstanceFilter();
        while (reader is not null)
        {
            var page = await Task.Run(() => reader.List(filter), cancellation).ConfigureAwait(false);
            foreach (var row in page.Values)
                yield return row.ToMetadata(true, JsonDataConverter.Default);
            if (page.ContinuationToken is null)
                yield break;
            filter = filter with { ContinuationToken = page.ContinuationToken };
        }
    }

    /// <summary>An instance, with its input and output; null if there is none.</summary>
    public Task<OrchestrationMetadata?> FindAsync(string instanceId, CancellationToken cancellation) =>
        Task.Run(() => reader?.Find(instanceId)?.ToMetadata(true, JsonDataConverter.Default), cancellation);

    /// <summary>The history of an instance; empty if there is none.</summary>
    public Task<IReadOnlyList<HistoryEvent>> GetHistoryAsync(string instanceId, CancellationToken cancellation) =>
        Task.Run(() => reader?.Load(instanceId)?.History ?? [], cancellation);

    public ValueTask DisposeAsync()
    {
        if (connectionString is not null)
        {
            using var connection = new SqliteConnection(connectionString);
            SqliteConnection.ClearPool(connection);
        }

        return ValueTask.CompletedTask;
    }
}
