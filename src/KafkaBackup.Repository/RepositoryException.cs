namespace KafkaBackup.Repository;

/// <summary>What is wrong with a repository, or with the place that it lies in. The message is for the operator: what, where, and what to do.</summary>
/// <param name="what">What is wrong, and where.</param>
/// <param name="remedy">What the operator can do.</param>
/// <param name="inner">The error that showed it.</param>
public abstract class RepositoryException(string what, string remedy, Exception? inner = null) : Exception($"{what}; {remedy}", inner)
{
    /// <summary>What is wrong, and where.</summary>
    public string What { get; } = what;

    /// <summary>What the operator can do.</summary>
    public string Remedy { get; } = remedy;

    /// <summary>What an error says, without what to do about it: for who says that by other words.</summary>
    internal static string WhatOf(Exception error) => (error as RepositoryException)?.What ?? error.Message;
}
