using System.Reflection;
using KafkaBackup.Repository.Epochs;
using Xunit;

namespace KafkaBackup.Repository.Tests;

/// <summary>Whatever is refused says what, where, and what to do.</summary>
public sealed class RepositoryExceptionTests
{
    public static TheoryData<Type> Kinds => [.. typeof(RepositoryException).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(RepositoryException)) && !type.IsAbstract)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_refusal_names_what_it_was_given_and_a_remedy(Type kind)
    {
        foreach (var made in kind.GetConstructors())
        {
            var given = made.GetParameters().Select(Example).ToArray();
            var error = (RepositoryException)made.Invoke(given);

            Assert.Equal($"{error.What}; {error.Remedy}", error.Message);
            Assert.True(error.Remedy.Length >= 5, error.Message);
            Assert.All(given.Where(value => value is string or long), value => Assert.Contains($"{value}", error.Message));
            Assert.DoesNotContain('\n', error.Message);
        }
    }

    [Fact]
    public void There_are_kinds_of_refusals() => Assert.True(Kinds.Count() >= 14, string.Join(", ", Kinds));

    [Fact]
    public void What_is_told_by_other_words_goes_without_its_remedy()
    {
        Assert.Equal("a is damaged: b", RepositoryException.WhatOf(new DamagedObjectException("a", "b")));
        Assert.Equal("c", RepositoryException.WhatOf(new IOException("c")));
    }

    private static object? Example(ParameterInfo parameter) =>
        parameter.ParameterType == typeof(string) ? $"given-{parameter.Name}"
        : parameter.ParameterType == typeof(long) ? 1234L + parameter.Position
        : parameter.ParameterType == typeof(int) ? 77
        : parameter.ParameterType == typeof(bool) ? true : null;
}
